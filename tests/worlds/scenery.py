"""Scenes put together by hand, whose captions and truths can be written down."""

from mmviz.worlds.spec import Group, Placed, Scene


def at(x: float, y: float) -> Placed:
    return Placed(x, y, 1.0, 0.0, False)


def cat_and_cars() -> Scene:
    """A small blue cat with a red tail at the left, two natural (red) cars at the right, on the beach."""
    cat = Group("cat", "blue", "small", (at(0.2, 0.5),), part="tail", part_colour="red")
    cars = Group("car", None, "medium", (at(0.7, 0.3), at(0.7, 0.8)))
    return Scene("beach", 3, (cat, cars))


def cat_left_of_dog() -> Scene:
    """An orange cat left of a green dog, in the snow."""
    return Scene("snow", 1, (Group("cat", None, "medium", (at(0.2, 0.5),)), Group("dog", "green", "medium", (at(0.75, 0.5),))))
