"""The folder of checkpoints: which files stay, and that it outlasts a power cut."""

from __future__ import annotations

import pytest
from trainings import problem, small_net

from nnfs.callbacks import Checkpoint
from nnfs.io.checkpoints import list_checkpoints


def train(folder, epochs=1, resume=False):
    """Train for seven steps an epoch, and save after each."""
    x, y = problem(35)
    checkpoint = Checkpoint(folder, every_steps=1, resume=resume)
    small_net().fit(x, y, loss="cross_entropy", batch_size=5, epochs=epochs, verbose=0, callbacks=[checkpoint])


def test_damaged_later_files_do_not_count_as_the_newest(tmp_path):
    train(tmp_path / "a", epochs=1)
    later = [tmp_path / "a" / f"checkpoint-{steps:012d}.safetensors" for steps in (90, 91)]
    for path in later:
        path.write_bytes(b"damaged")
    with pytest.warns(UserWarning, match="a damaged checkpoint was skipped"):
        train(tmp_path / "a", epochs=2, resume=True)
    whole = [path for path in list_checkpoints(tmp_path / "a") if path not in map(str, later)]
    assert [int(path[-24:-12]) for path in whole] == [13, 14]  # the one just saved stays, and the one before it


def test_the_folder_is_synced_into_its_parent(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr("nnfs.system.files.fsync_folder", synced.append)
    train(tmp_path / "a" / "b", epochs=1)
    assert synced == [str(tmp_path), str(tmp_path / "a")]
