"""The same on python-socketio and aiohttp. usage: server.py PORT"""

import sys

import socketio
from aiohttp import web

server = socketio.AsyncServer(async_mode="aiohttp", cors_allowed_origins="*")
app = web.Application()
server.attach(app)


@server.event
async def connect(sid, environ, auth):
    pass


@server.event
async def click(sid, data):
    await server.emit("click", data)


web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None, backlog=4096)
