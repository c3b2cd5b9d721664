"""Tables, from CSV files and from pandas."""

import io

import mocrograd as mg
import numpy as np
import pytest
from mocrograd.datasets import from_csv, from_dataframe
from mocrograd.utils.data import DataLoader, Subset

TEXT = "width,height,kind\n1,2.5,cat\n3,-4e1,dog\n5,6,cat\n"


def written(tmp_path, text, name="data.csv"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_table_with_classes(tmp_path):
    data = from_csv(written(tmp_path, TEXT), target="kind")
    x, y = data.tensors
    assert (x.dtype, x.tolist()) == (mg.float32, [[1, 2.5], [3, -40], [5, 6]])
    assert (y.dtype, y.tolist()) == (mg.int64, [0, 1, 0])
    assert (data.columns, data.target, data.classes) == (["width", "height"], "kind", ["cat", "dog"])
    assert data.class_to_idx == {"cat": 0, "dog": 1}
    batches = [y.tolist() for _, y in DataLoader(Subset(data, [2, 1, 0]), batch_size=2)]
    assert batches == [[0, 1], [0]]


def test_other_tables(tmp_path):
    only = from_csv(written(tmp_path, TEXT), columns=["height"])
    assert [t.tolist() for t in only.tensors] == [[[2.5], [-40], [6]]]
    marked = b'\xef\xbb\xbfa;b\r\n"1";2\r\n\r\n3;4\r\n'
    data = from_csv(written(tmp_path, marked), target="a", delimiter=";")
    assert [t.tolist() for t in data.tensors] == [[[2], [4]], [1, 3]]
    assert data.tensors[1].dtype is mg.int64
    assert from_csv(written(tmp_path, "a,b\n1,1.0\n2,2.0\n"), target="b").tensors[1].dtype is mg.float32


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (TEXT.replace("3,", "three,"), r"row 3, column 'width': expected a finite number, got 'three'"),
        (TEXT.replace("2.5", ""), r"row 2, column 'height': expected a finite number, got a missing value"),
        (TEXT.replace("6", "nan"), r"row 4, column 'height': expected a finite number, got 'nan'"),
        (TEXT.replace("6", "1e39"), r"row 4, column 'height': expected a finite number, got '1e39'"),
        (TEXT.replace("dog", ""), r"row 3, column 'kind': expected a target, got a missing value"),
        (TEXT.replace("5,6", "5"), r"row 4 has 2 values, but there are 3 columns"),
        (TEXT.replace("height", "width"), "has two columns 'width'"),
        ("", "names no columns"),
        ("a,kind\n", "has 0 rows and 1 columns of features"),
        ("kind\ncat\n", "has 1 rows and 0 columns of features"),
        (b"a,kind\n\xff\xfe,1\n", "is no text in utf-8"),
        ('a,kind\n"1"2,3\n', "is no CSV file: line 2"),
        ('a,kind\n"1,3\n', "is no CSV file: line"),
    ],
)
def test_faults_are_named_with_row_and_column(tmp_path, text, words):
    with pytest.raises(ValueError, match=words) as caught:
        from_csv(written(tmp_path, text), target="kind")
    assert "data.csv" in str(caught.value)


def test_missing_columns_and_files(tmp_path):
    path = written(tmp_path, TEXT)
    with pytest.raises(KeyError, match="has no column 'color', but width, height, kind"):
        from_csv(path, target="color")
    with pytest.raises(KeyError, match="has no column 'depth'"):
        from_csv(path, columns=["depth"])
    with pytest.raises(FileNotFoundError):
        from_csv(tmp_path / "none.csv")


def test_frames():
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    frame = pandas.DataFrame({"a": [1.5, 2], "b": [True, False], "kind": ["x", "w"]}, index=["first", "second"])
    data = from_dataframe(frame, target="kind")
    np.testing.assert_array_equal(data.tensors[0].numpy(), [[1.5, 1], [2, 0]])
    assert data.tensors[1].tolist() == [1, 0]
    assert from_dataframe(frame[["a"]]).columns == ["a"]
    with pytest.raises(ValueError, match="the frame: row second, column 'kind': expected a finite number, got 'w'"):
        from_dataframe(frame.assign(kind=["1", "w"]), target="a")
    with pytest.raises(ValueError, match="row first, column 'a': expected a finite number, got nan"):
        from_dataframe(frame.assign(a=[np.nan, 1]), target="kind")
    with pytest.raises(ValueError, match="row second, column 'kind': expected a target, got a missing value"):
        from_dataframe(frame.assign(kind=["x", None]), target="kind")
    with pytest.raises(TypeError, match="expected a DataFrame, got dict"):
        from_dataframe({"a": [1]})


def test_text_that_is_open_is_read_too(tmp_path):
    data = from_csv(io.StringIO(TEXT), target="kind")
    other = from_csv(written(tmp_path, TEXT), target="kind")
    assert data.tensors[0].tolist() == other.tensors[0].tolist()
    assert (data.columns, data.classes) == (other.columns, other.classes)
    with pytest.raises(ValueError, match="the table: row 2 has 1 values, but there are 2 columns"):
        from_csv(io.StringIO("a,b\n1\n"))
    with pytest.raises(ValueError, match="the table names no columns"):
        from_csv(io.StringIO(""))
