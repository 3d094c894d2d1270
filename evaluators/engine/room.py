"""Room for what a model keeps of the tokens it has read: keys and values, written in place, never copied to grow.

A room has rows and columns. What is read next goes to given rows, and there either to columns that follow one another,
the same in each row, or to one column a row. A model sees the columns up to the last that is used; its attention mask
says which of them count.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, kw_only=True, slots=True)
class Spot:
    """Where the next tokens go: rows from `row` on, columns from `start` on or one a row; `end` is behind all used."""

    row: int = 0
    start: int = 0
    columns: "torch.Tensor | None" = None
    end: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """What one layer keeps of a token: how many keys and values of which width, in which type and where."""

    keys: tuple[int, int]
    values: tuple[int, int]
    dtype: "torch.dtype"
    device: "torch.device"

    @property
    def size(self) -> int:
        """Bytes a token."""
        numbers = self.keys[0] * self.keys[1] + self.values[0] * self.values[1]
        return int(numbers * self.dtype.itemsize)


class Room:
    """Keys and values of `rows` rows of at most `length` tokens, in every layer of a model."""

    def __init__(self, layers: Sequence[Kept], *, rows: int, length: int) -> None:
        """Allocate all of it; raises what a full memory raises."""
        from transformers import Cache

        self.rows, self.length = rows, length
        self.spot = Spot(end=0)
        self.layers = [_Layer(self, kept) for kept in layers]
        self._cache = Cache(layers=cast(Any, self.layers))

    def at(self, spot: Spot) -> Any:
        """What a model is given so that it keeps the next tokens at a spot."""
        self.spot = spot
        return self._cache

    def copy(self, source: int, row: int, length: int) -> None:
        """Copy the first columns of one row to another."""
        for layer in self.layers:
            layer.keys[row, :, :length] = layer.keys[source, :, :length]
            layer.values[row, :, :length] = layer.values[source, :, :length]

    def take(self, other: "Room", rows: slice, length: int) -> None:
        """Copy the first columns of another room's first row to some rows."""
        for layer, source in zip(self.layers, other.layers, strict=True):
            layer.keys[rows, :, :length] = source.keys[:1, :, :length]
            layer.values[rows, :, :length] = source.values[:1, :, :length]


class _Layer:
    """One layer's part of a room, with the names by which transformers calls it."""

    is_compileable = False
    is_sliding = False
    is_croppable = False
    is_initialized = True

    def __init__(self, room: Room, kept: Kept) -> None:
        import torch

        def empty(heads: int, width: int) -> torch.Tensor:
            # numbers, though masked: what is none would spoil the sums it is masked in
            return torch.zeros((room.rows, heads, room.length, width), dtype=kept.dtype, device=kept.device)

        self._room = room
        self.keys, self.values = empty(*kept.keys), empty(*kept.values)
        self._every = torch.arange(room.rows, device=kept.device)

    def update(
        self, keys: "torch.Tensor", values: "torch.Tensor", *_: object, **__: object
    ) -> tuple["torch.Tensor", "torch.Tensor"]:
        """Keep what was read at the spot; the keys and values of all columns that are used in its rows."""
        spot, count, width = self._room.spot, keys.shape[0], keys.shape[2]
        rows = slice(spot.row, spot.row + count)
        if spot.columns is None:
            self.keys[rows, :, spot.start : spot.start + width] = keys
            self.values[rows, :, spot.start : spot.start + width] = values
            if not spot.start:
                return keys, values  # they are all there is, and lie together
        else:
            columns = spot.columns.to(self.keys.device)
            self.keys[self._every[rows], :, columns] = keys[:, :, 0]
            self.values[self._every[rows], :, columns] = values[:, :, 0]
        return self.keys[rows, :, : spot.end], self.values[rows, :, : spot.end]

    def get_seq_length(self) -> int:
        """How many columns were used before."""
        return self._room.spot.start

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        """How many columns a mask has, and from which on; what is read comes with a mask of its own."""
        return self._room.spot.start + query_length, 0

    def get_max_length(self) -> int:
        """How many columns there are."""
        return self._room.length


def layers_of(caches: Any) -> list[Kept]:
    """What each layer of a model keeps, as its own cache has it after it read something."""
    found = []
    for layer in caches.layers:
        keys, values = layer.keys, layer.values
        shapes = (keys.shape[1], keys.shape[3]), (values.shape[1], values.shape[3])
        found.append(Kept(keys=shapes[0], values=shapes[1], dtype=keys.dtype, device=keys.device))
    return found
