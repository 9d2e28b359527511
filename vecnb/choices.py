"""Options that are one of a few words: `Literal` types, checked when an object is built."""

from __future__ import annotations

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
