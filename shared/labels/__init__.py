"""Labels, around their definition in `shared.labeling`: its arithmetic, what they hold and pay, the saved ones."""
