"""Invented names for people and companies."""

FIRST_NAMES = (
    "Abel", "Adaeze", "Ailbhe", "Akiko", "Amadou", "Anouk", "Ansel", "Arvid", "Beatriu", "Benat", "Bjarke", "Caius", "Ceren", "Chidi",
    "Corin", "Dagny", "Dario", "Delphi", "Dmitra", "Ebba", "Edda", "Eino", "Elowen", "Emeka", "Enzo", "Esme", "Eun", "Fabia", "Farid",
    "Fenna", "Fintan", "Galia", "Gaspar", "Greta", "Hamza", "Hanne", "Haruki", "Hedda", "Idris", "Ilse", "Imani", "Ioana", "Isandro",
    "Itziar", "Jarek", "Joss", "Kaito", "Kalinda", "Karim", "Katya", "Keziah", "Kofi", "Lachlan", "Leocadia", "Levi", "Lior", "Lorcan",
    "Lumi", "Maelis", "Malik", "Marit", "Matteus", "Mei", "Milo", "Mirela", "Nadim", "Naoko", "Neva", "Nils", "Noor", "Obi", "Odile",
    "Olamide", "Onni", "Orla", "Otis", "Paloma", "Pasha", "Petra", "Quim", "Rafi", "Ragna", "Reza", "Rhona", "Rocco", "Roni", "Runa",
    "Sabri", "Saoirse", "Selim", "Shira", "Signe", "Sorin", "Sunniva", "Tadeo", "Tahir", "Tamsin", "Teodora", "Thijs", "Tova", "Ulla",
    "Vasco", "Veda", "Vidar", "Wanja", "Xanthe", "Yara", "Yusuf", "Zelda", "Zoltan",
)  # fmt: skip
LAST_NAMES = (
    "Abernal", "Ashgrove", "Aldermoor", "Barrowin", "Bellwether", "Blackmere", "Brandtoft", "Calderwick", "Castellow", "Coldbeck",
    "Copperfen", "Dalgaard-Ruiz", "Darrowby", "Dovecote", "Eastmarch", "Elmqvist", "Fairholm", "Farrowdale", "Fenwright", "Fernsby",
    "Gallowglen", "Glasswell", "Greenhythe", "Hallowes", "Harkavy", "Hazelrigg", "Heronshaw", "Holmgarth", "Ironmonger", "Ivybridge",
    "Jessamy", "Kestrelby", "Kingsnorth", "Kowalczuk", "Larkspur", "Lindqvall", "Lockharrow", "Marchbanks", "Meadowcroft", "Merriden",
    "Millbrooke", "Moorcastle", "Netherby", "Nightingall", "Norrington", "Oakenfold", "Okonjo-Vale", "Oleander", "Otterbourne",
    "Pennyfeather", "Pettigrove", "Quillfeather", "Ravenscar", "Redfern-Ito", "Ridgeway", "Rookwood", "Sandoval-Kerr", "Saltmarsh",
    "Silverlock", "Skylark", "Stonehewer", "Sunderby", "Tanglewood", "Thistlewood", "Thornbury", "Tidewell", "Underhay", "Vandermoor",
    "Varga-Lind", "Waterhouse", "Weatherby", "Westerlund", "Whitlocke", "Wildgoose", "Winterbourne", "Wolfsbane", "Yarrow", "Yewdale",
    "Zamorin",
)  # fmt: skip
COMPANIES = (
    "Harbor Loom", "Quartz Kettle", "Nimbus Orchard", "Paper Lantern Robotics", "Tern & Tide", "Copper Fern", "Ninefold Freight",
    "Lumen Bakery", "Gravel & Grain", "Blue Heron Maps", "Northlight Pay", "Saffron Grid", "Moss Circuit", "Velvet Turbine",
    "Owl Post Logistics", "Cedar Signal", "Sprocket Farm", "Tidepool Health", "Amber Quay", "Fable Insurance", "Kite String Labs",
    "Marrow Games", "Oblong Energy", "Pickled Bits", "Rainshadow Media", "Seventh Ferry", "Thistle Bank", "Umber Travel", "Willow Relay",
    "Zephyr Grocer",
)  # fmt: skip


def domain(company: str) -> str:
    """The company's invented mail domain."""
    return "-".join("".join(each for each in word if each.isalnum()) for word in company.lower().split() if word != "&") + ".example.org"
