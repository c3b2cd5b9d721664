"""The notebooks are the chapters, and run from their first cell to their last."""

import docs_notebooks
import pytest

nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed")
nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed")
PATHS = [docs_notebooks.FOLDER / f"{name}.ipynb" for name in docs_notebooks.CHAPTERS]


def test_the_notebooks_are_what_the_chapters_say():
    for path, text in docs_notebooks.notebooks().items():
        assert path.read_text() == text, "python scripts/docs_notebooks.py writes them"


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_notebook_runs(path, tmp_path):
    notebook = nbformat.read(path, as_version=4)
    raises = [cell for cell in notebook.cells if "raises-exception" in cell.metadata.get("tags", ())]
    resources = {"metadata": {"path": str(tmp_path)}}
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3", resources=resources).execute()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            failed = any(output.output_type == "error" for output in cell.outputs)
            assert failed is (cell in raises), cell.source


def test_a_cell_that_raises_is_found(tmp_path):
    notebook = docs_notebooks.notebook("# A\n\n```python\n1 / 0\n```\n", "a")
    with pytest.raises(nbclient.exceptions.CellExecutionError):
        nbclient.NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
