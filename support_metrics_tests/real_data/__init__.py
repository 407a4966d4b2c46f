"""The main job on real data nobody made for this project.

The data lie outside the repository, in the folder that REALDATA names (by default ../shared/realdata); its README states the counts.
"""
