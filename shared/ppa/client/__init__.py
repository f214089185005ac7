"""Client of a running app, for notebooks and scripts: data in, a model up, predictions and figures out.

>>> import ppa                                                    # doctest: +SKIP
>>> app = ppa.connect()                                           # doctest: +SKIP
>>> data = app.dataset(lookahead=24, threshold=0.02)              # doctest: +SKIP
>>> app.upload(model.fit(*data.train), "my-model", data)          # doctest: +SKIP
"""
