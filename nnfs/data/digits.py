"""The UCI handwritten digits, 1,797 images of 8 x 8 pixels, which are part of the package as two small IDX files."""

from __future__ import annotations

import os

import numpy as np

from .dataset import Dataset
from .idx import read_idx

TRAIN = 1198
IMAGES = (
    "digits-images-idx3-ubyte.gz",
    (1797, 8, 8),
    "359cd13f0f514122884198b78a131df597421cbf5e93a76678fa96fc548f0d96",
)
LABELS = ("digits-labels-idx1-ubyte.gz", (1797,), "ce71631c1f31ce56fa54f31d1d498fafacff59b001e6c30c4a5e29508aa277ad")


def digits() -> Dataset:
    """Load the 1,797 handwritten digits of 8 x 8 pixels that are part of the package.

    The data are the test part of "Optical Recognition of Handwritten Digits" by E. Alpaydin and C. Kaynak (UCI
    Machine Learning Repository, 1998, doi:10.24432/C50P49, CC BY 4.0). A pixel is the number of black points in a block
    of 4 x 4 points of the scan, 0 to 16, divided by 16 here. The two files hold the pixels and labels of scikit-learn's
    ``load_digits``, unchanged and in its order; their digests are checked at each load.

    The test part is the last third of the file, 599 images. The file is ordered by writer, so that most writers of the
    test part do not occur in the training part. This test is harder and more honest than one with shuffled images. Each
    digit has 117 to 123 images in the training part and 55 to 62 in the test part.

    Returns
    -------
    Dataset
        ``x`` of shape (1198, 1, 8, 8) and (599, 1, 8, 8), float32 in [0, 1]; ``y`` int64, 0 to 9.

    Raises
    ------
    FormatError
        For a damaged file of the package; `ChecksumError` if only its digest differs.
    """
    folder = os.path.dirname(__file__)
    images, labels = (
        read_idx(os.path.join(folder, name), shape=shape, dtype="u1", sha256=sha256)
        for name, shape, sha256 in (IMAGES, LABELS)
    )
    x = np.divide(images[:, None], 16, dtype=np.float32)
    y = labels.astype(np.int64)
    return Dataset(
        name="digits",
        x_train=x[:TRAIN],
        y_train=y[:TRAIN],
        x_test=x[TRAIN:],
        y_test=y[TRAIN:],
        class_names=tuple("0123456789"),
        source="E. Alpaydin, C. Kaynak: Optical Recognition of Handwritten Digits. "
        "UCI Machine Learning Repository, 1998. https://doi.org/10.24432/C50P49",
        licence="CC BY 4.0, https://creativecommons.org/licenses/by/4.0/",
    )
