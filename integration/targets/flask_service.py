# SPDX-License-Identifier: MIT
"""A Flask application behind a threaded server, after some load."""
import http.client
import logging
import sys
import threading

import truth

try:
    import flask
    from werkzeug.serving import make_server
except ImportError:
    print("skip no flask", flush=True)
    sys.exit(77)

app = flask.Flask(__name__)
cache = {}


@app.route("/item/<int:n>")
def item(n):
    cache[n] = {"n": n, "name": "item %d" % n, "tags": [str(n)] * (n % 5)}
    return flask.jsonify(cache[n])


@app.route("/page")
def page():
    return flask.render_template_string(
        "{% for k, v in cache.items() %}{{ k }}: {{ v.name }}\n{% endfor %}",
        cache=cache)


logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = make_server("127.0.0.1", 0, app, threaded=True)
thread = threading.Thread(target=server.serve_forever, kwargs={
    "poll_interval": 1e6}, daemon=True)
thread.start()
for i in range(300):
    client = http.client.HTTPConnection("127.0.0.1", server.server_port)
    client.request("GET", "/page" if i % 50 == 49 else "/item/%d" % i)
    client.getresponse().read()
    client.close()
# The server's thread stays, asleep in poll(); those of requests end.
truth.wait_for_threads(2)
truth.wait()
