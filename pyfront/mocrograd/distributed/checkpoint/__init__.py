"""States of models as programs of several processes save and load them; here there is one process."""
