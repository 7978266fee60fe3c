#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A small web service with a leak, to look at with pyheapspy.

It counts visits.  Each visitor without a cookie gets a Session, and sessions
are never thrown away: that is what grows.  Carts and their items refer to each
other, so only the cyclic collector can free them.  Two threads play visitors,
one tidies up what it should, one answers requests on the loopback.

Prints "ready PID PORT" when it is.  Python 3.6 or newer, standard library.
"""
import http.client
import http.server
import os
import random
import sys
import threading
import time

WARM_UP = 20000


class Session:
    """What a visitor has done so far."""

    def __init__(self, number):
        self.number = number
        self.name = "visitor-%d" % number
        self.pages = ["/", "/about"]
        self.started = time.time()


class Item:
    """A thing in a cart; knows the cart it is in."""

    __slots__ = ("cart", "title", "price")

    def __init__(self, cart, title, price):
        self.cart = cart
        self.title = title
        self.price = price


class Cart:
    """Knows its items, which know it: a cycle."""

    def __init__(self, session, size):
        self.session = session
        self.items = [Item(self, "item %d" % n, n * 1.25)
                      for n in range(size)]


class Shop:
    def __init__(self):
        self.sessions = {}		# the leak
        self.carts = []
        self.lock = threading.Lock()

    def visit(self):
        with self.lock:
            number = len(self.sessions)
            session = Session(number)
            self.sessions["cookie-%08x" % number] = session
            if number % 10 == 0:
                self.carts.append(Cart(session, 3))
        return session

    def tidy(self):
        """Throw old carts away; nobody does that with sessions."""
        with self.lock:
            del self.carts[:-500]


class Handler(http.server.BaseHTTPRequestHandler):
    shop = None

    def do_GET(self):
        session = self.shop.visit()
        body = ("hello, %s\n" % session.name).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


def visitor(port, stop):
    """Ask for a page, again and again, and never send a cookie."""
    while not stop.wait(random.uniform(0.01, 0.05)):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port)
            connection.request("GET", "/")
            connection.getresponse().read()
            connection.close()
        except OSError:
            pass


def tidier(shop, stop):
    while not stop.wait(0.2):
        shop.tidy()


def main():
    shop = Handler.shop = Shop()
    for _ in range(WARM_UP):
        shop.visit()
    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    port = server.server_address[1]
    stop = threading.Event()
    threads = [
        threading.Thread(name="requests", target=server.serve_forever),
        threading.Thread(name="tidier", target=tidier, args=(shop, stop)),
        threading.Thread(name="visitor-1", target=visitor, args=(port, stop)),
        threading.Thread(name="visitor-2", target=visitor, args=(port, stop)),
    ]
    for thread in threads:
        thread.daemon = True
        thread.start()
    print("ready %d %d" % (os.getpid(), port), flush=True)
    if sys.argv[1:] == ["--until-eof"]:
        # Whoever started us holds our stdin, and cannot forget us.
        sys.stdin.read()
    else:
        threading.Event().wait()
    stop.set()


if __name__ == "__main__":
    main()
