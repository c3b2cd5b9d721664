"""Bad calls of views, joins and indexing."""

from badcalls.table import bad

bad("narrow past the end", lambda m: m.zeros(5).narrow(0, 3, 4), r"start \(3\) \+ length \(4\) exceeds")
