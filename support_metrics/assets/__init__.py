"""Source -> Dagster asset; Model -> Dagster asset and checks; week -> report asset. With `definitions`, the only importer of Dagster."""
