"""Flask-WebSub's hub on loopback, for tests/it/websub/foreign.rs.

The first line on standard output is the hub's address. The hub hands its work to Celery;
here threads do it, so that no broker is needed. GET /subscriptions tells how many there are.
"""

import tempfile
import threading
import time
from pathlib import Path

from flask import Flask, request
from flask_websub.hub import Hub, SQLite3HubStorage
from werkzeug.serving import make_server


class Threads:
    """As much of Celery as the hub uses."""

    def task(self, bind=False, max_retries=0):
        def made(function):
            return Task(function, bind, max_retries)

        return made


class Task:
    def __init__(self, function, bind, max_retries):
        self.function, self.bind, self.max_retries = function, bind, max_retries

    def delay(self, *args):
        threading.Thread(target=Run(self, args).start, daemon=True).start()


class Run:
    """One run of a task, which may ask to be run again."""

    def __init__(self, task, args):
        self.task, self.args, self.request, self.again = task, args, self, None
        self.retries = 0

    def start(self):
        while True:
            self.again = None
            self.task.function(*([self] if self.task.bind else []), *self.args)
            if self.again is None or self.retries >= self.task.max_retries:
                return
            time.sleep(self.again)
            self.retries += 1

    def retry(self, countdown):
        self.again = countdown


app = Flask(__name__)
app.config["PUBLISH_SUPPORTED"] = True
folder = tempfile.TemporaryDirectory()
database = str(Path(folder.name) / "hub.sqlite3")
hub = Hub(SQLite3HubStorage(database), Threads(), BACKOFF_BASE=0.1)
app.register_blueprint(hub.build_blueprint(url_prefix="/hub"))


@app.get("/subscriptions")
def subscriptions():
    return str(len(list(hub.storage.get_callbacks(request.args["topic"]))))


server = make_server("127.0.0.1", 0, app, threaded=True)
print(f"http://127.0.0.1:{server.server_port}/hub", flush=True)
server.serve_forever()
