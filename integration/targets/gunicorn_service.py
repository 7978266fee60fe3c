# SPDX-License-Identifier: MIT
"""Gunicorn with preloaded code and two workers; one worker is the tracee.

A client process asks both workers for pages and then one of them for its
truth, which it tells from inside a request.
"""
import http.client
import os
import socket
import sys

import truth

try:
    from gunicorn.app.base import BaseApplication
except ImportError:
    print("skip no gunicorn", flush=True)
    sys.exit(77)

preloaded = {i: "loaded before the fork %d" % i for i in range(20000)}
served = []
address = os.path.join(os.getcwd(), "socket")


def application(environ, start_response):
    path = environ["PATH_INFO"]
    served.append([path, dict(environ)])
    if path == "/truth":
        truth.wait()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [preloaded[len(served)].encode()]


class Connection(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(address)


def client(server):
    """When the workers are there: ask, then never hear back."""
    if os.fork():
        return
    try:
        for i in range(200):
            connection = Connection("localhost")
            connection.request("GET", "/page/%d" % i)
            connection.getresponse().read()
            connection.close()
        connection = Connection("localhost")
        connection.request("GET", "/truth")
        connection.getresponse()
    finally:
        os._exit(0)


class Service(BaseApplication):
    def load_config(self):
        for key, value in (("bind", "unix:" + address), ("workers", 2),
                           ("preload_app", True), ("timeout", 0),
                           ("when_ready", client), ("loglevel", "error")):
            self.cfg.set(key, value)

    def load(self):
        return application


Service().run()
