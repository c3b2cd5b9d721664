"""Lines of text and tokenizers."""

import pickle

import mocrograd as mg
import pytest
from mocrograd.datasets import ByteTokenizer, CharTokenizer, TextLines
from mocrograd.utils.data import DataLoader


@pytest.mark.parametrize("content", ["one\ntwo\r\n\nfür", "one\ntwo\n\nfür\n"])
def test_lines(tmp_path, content):
    path = tmp_path / "text.txt"
    path.write_bytes(content.encode())
    data = TextLines(path)
    assert list(data) == ["one", "two", "", "für"]
    assert (data[-1], len(data)) == ("für", 4)
    with pytest.raises(IndexError, match="line 4 is out of range for 4 lines"):
        data[4]
    assert [len(x) for x in DataLoader(TextLines(path, ByteTokenizer().encode), batch_size=None)] == [3, 3, 0, 4]


def test_files_without_lines(tmp_path):
    path = tmp_path / "text.txt"
    path.write_bytes(b"")
    assert list(TextLines(path)) == []
    path.write_bytes(b"good\n\xff\xfe\n")
    with pytest.raises(ValueError, match=r"text.txt: line 2 is no text in utf-8"):
        TextLines(path)[1]
    with pytest.raises(FileNotFoundError):
        TextLines(tmp_path / "none")


def test_bytes():
    tokens = ByteTokenizer().encode("aß")
    assert (tokens.tolist(), tokens.dtype, len(ByteTokenizer())) == ([97, 195, 159], mg.int64, 256)
    assert ByteTokenizer().decode(tokens) == "aß"
    assert ByteTokenizer().decode([97, 195]) == "a\ufffd"
    assert ByteTokenizer().encode("").shape == (0,)
    with pytest.raises(ValueError, match="from 0 to 255, got 256 at 1"):
        ByteTokenizer().decode([1, 256])


def test_characters():
    made = pickle.loads(pickle.dumps(CharTokenizer(["hello", "wörld"])))
    assert (made.characters, len(made)) == ("dehlorwö", 8)
    tokens = made.encode("hold")
    assert (tokens.tolist(), tokens.dtype) == ([2, 4, 3, 0], mg.int64)
    assert made.decode(tokens) == "hold"
    assert (made.encode("").dtype, made.decode([])) == (mg.int64, "")
    with pytest.raises(ValueError, match="character 'x' at 2 is none of the 8"):
        made.encode("hox")
    with pytest.raises(ValueError, match="from 0 to 7, got -1 at 0"):
        made.decode([-1])
