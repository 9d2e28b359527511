"""`vecnb vectorise`: its options, its files, and what is done with each picture."""
