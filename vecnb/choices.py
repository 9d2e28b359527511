"""Options of models, losses and configs: one of a few words, or a whole number within bounds."""

from __future__ import annotations

from numbers import Integral
from typing import Any, Literal, get_args, get_origin, get_type_hints


def check_choice(name: str, value: Any, choices: Any) -> None:
    """Refuse a value that its `Literal` type does not list.

        >>> check_choice("mode", "maximum", Literal["max", "soft_or"])
        Traceback (most recent call last):
        ValueError: mode must be one of 'max', 'soft_or', not 'maximum'

    Args:
        name: of the option, for the message.
        choices: a `Literal` type.
    Raises:
        ValueError: the value is not one of them; the message lists them.
    """
    if value not in get_args(choices):
        known = ", ".join(repr(choice) for choice in get_args(choices))
        raise ValueError(f"{name} must be one of {known}, not {value!r}")


def check_choices(config: Any) -> None:
    """Apply `check_choice` to every field of a dataclass that is annotated with a `Literal` type.

    Raises:
        ValueError: as `check_choice`.
    """
    for name, annotation in get_type_hints(type(config)).items():
        if get_origin(annotation) is Literal:
            check_choice(name, getattr(config, name), annotation)


def check_count(name: str, value: Any, low: int = 1, high: int | None = None) -> int:
    """Return a whole number as an int; refuse any other value.

        >>> check_count("n_lines", 5)
        5
        >>> check_count("n_lines", 2.5)
        Traceback (most recent call last):
        TypeError: n_lines must be an integer, not 2.5

    Args:
        name: of the option, for the message.
        value: an integer, Python's or NumPy's.
        low, high: its bounds, both included; without high there is no upper one.
    Raises:
        TypeError: the value is not an integer (True and False are not).
        ValueError: it is out of bounds.
    """
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise TypeError(f"{name} must be an integer, not {value!r}")
    number = int(value)
    if number < low or (high is not None and number > high):
        bounds = f"at least {low}" if high is None else f"{low} to {high}"
        raise ValueError(f"{name} must be {bounds}, not {number}")
    return number
