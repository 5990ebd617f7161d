"""A result is given again for the very same objects, and for no others."""

from mri_bme.remembered import NOTHING, Remembered


def counted(remembered: Remembered, *objects: object) -> list[int]:
    asked: list[int] = []
    for _ in range(2):
        remembered.of("it", objects, lambda: asked.append(1))
    return asked


def test_the_same_objects_are_asked_once() -> None:
    assert counted(Remembered(most=3), [1], "a", 2.0, None) == [1]
    assert counted(NOTHING, [1]) == [1, 1]


def test_equal_objects_are_not_the_same_and_equal_texts_are() -> None:
    remembered = Remembered(most=9)
    one, other = [1], [1]
    assert remembered.of("it", (one,), lambda: "one") == "one"
    assert remembered.of("it", (other,), lambda: "other") == "other"
    assert remembered.of("else", (one,), lambda: "else") == "else"
    assert remembered.of("it", ("ab",), lambda: "text") == "text"
    assert remembered.of("it", ("a" + "b",), lambda: "again") == "text"


def test_no_later_object_takes_the_place_of_one_that_is_gone() -> None:
    remembered = Remembered(most=50)
    found = [remembered.of("it", ([n],), lambda n=n: n) for n in range(50)]
    assert found == list(range(50))


def test_what_was_not_asked_for_longest_is_forgotten() -> None:
    remembered, objects = Remembered(most=2), [[n] for n in range(3)]
    for one in (0, 1, 0, 2):
        remembered.of("it", (objects[one],), lambda one=one: one)
    assert remembered.of("it", (objects[0],), lambda: "again") == 0
    assert remembered.of("it", (objects[1],), lambda: "again") == "again"
