"""Listens to rooms as clients do and prints what it saw.

usage: chat.py latency HTTP_PORT CHAT_PORT RATE SECONDS    one listener in each of 100 rooms, so many messages a second in all
       chat.py fanout HTTP_PORT CHAT_PORT LISTENERS COUNT  so many listeners of one room, so many messages one after the other
The ids and tokens are those of seed.sql and seed-chat.sql.
"""

import asyncio
import json
import resource
import sys
import time


def account(number):
    return f"00000000-0000-4000-8000-{100000000000 + number}"


def token(number):
    return f"bench-token-{number:030d}"


def room(number):
    digits = "ABCDEFGH"
    return "zzzz" + "".join(digits[number // step % 8] for step in (512, 64, 8, 1))


class Listener(asyncio.Protocol):
    """Keeps the moment in which each line came."""

    def __init__(self, user, code, heard):
        self.hello = json.dumps({"uuid": account(user), "room_gid": code, "token": token(user)}).encode()
        self.heard = heard
        self.rest = b""

    def connection_made(self, transport):
        transport.write(self.hello)

    def data_received(self, data):
        now = time.perf_counter()
        lines = (self.rest + data).split(b"\n")
        self.rest = lines.pop()
        for line in lines:
            self.heard(line, now)

    def connection_lost(self, _):
        self.heard(None, 0)


class Sender:
    """One kept-alive connection; one message at a time."""

    async def open(self, port):
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", port)
        return self

    async def send(self, user, code, text):
        body = json.dumps({"room_gid": code, "msg": text}).encode()
        head = f"POST /send-message HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token(user)}\r\nContent-Type: application/json\r\n"
        self.writer.write(head.encode() + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        reply = await self.reader.readuntil(b"\r\n\r\n")
        length = int(reply.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        await self.reader.readexactly(length)
        return reply.startswith(b"HTTP/1.1 200")


def percentile(values, part):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * part))] if values else float("nan")


async def listen(port, users, heard):
    loop = asyncio.get_running_loop()
    for user, code in users:
        await loop.create_connection(lambda: Listener(user, code, heard), "127.0.0.1", port)
    await asyncio.sleep(2)


async def latency(http, chat, rate, seconds):
    sent, accepted, heard, lost = {}, {}, {}, 0

    def take(line, now):
        nonlocal lost
        if line is None:
            lost += 1
        else:
            heard[json.loads(line)["msg"]["txt"]] = now

    await listen(chat, [(n * 10 + 2, room(n)) for n in range(100)], take)
    senders = [await Sender().open(http) for _ in range(32)]
    free = asyncio.Queue()
    for sender in senders:
        free.put_nowait(sender)
    wrong = 0

    async def one(sender, number):
        nonlocal wrong
        sent[f"n{number}"] = time.perf_counter()
        if await sender.send(number % 100 * 10 + 1, room(number % 100), f"n{number}"):
            accepted[f"n{number}"] = time.perf_counter()
        else:
            wrong += 1
        free.put_nowait(sender)

    started, tasks = time.perf_counter(), []
    for number in range(rate * seconds):
        await asyncio.sleep(max(0, started + number / rate - time.perf_counter()))
        tasks.append(asyncio.create_task(one(await free.get(), number)))
    await asyncio.gather(*tasks)
    took = time.perf_counter() - started
    await asyncio.sleep(1)
    waits = [(heard[text] - sent[text]) * 1000 for text in accepted if text in heard]
    # A listener mostly hears of a message before its sender does.
    after = [max(0, heard[text] - moment) * 1000 for text, moment in accepted.items() if text in heard]
    missed = len(accepted) - len(waits)
    print(
        f"sent to delivered at {len(accepted) / took:.0f}/s: p50 {percentile(waits, .5):.2f} ms, "
        f"p99 {percentile(waits, .99):.2f} ms; from the sender's answer on p99 {percentile(after, .99):.2f} ms; "
        f"{missed} missed, {wrong} refused, {lost} listeners lost"
    )


async def fanout(http, chat, listeners, count):
    seen, lost, last = 0, 0, 0.0

    def take(line, now):
        nonlocal seen, lost, last
        if line is None:
            lost += 1
        else:
            seen, last = seen + 1, now

    await listen(chat, [(n % 2000 + 1, "everyone") for n in range(listeners)], take)
    sender = await Sender().open(http)
    started = time.perf_counter()
    for number in range(count):
        await sender.send(1, "everyone", f"fan-out {number}")
    while seen < listeners * count and not lost and time.perf_counter() - started < 60:
        await asyncio.sleep(0.01)
    print(
        f"one room of {listeners} listeners, {count} messages: {seen / (last - started):.0f} deliveries/s as one client reads "
        f"them, {listeners * count - seen} missed, {lost} listeners lost"
    )


resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
kind, numbers = sys.argv[1], [int(text) for text in sys.argv[2:]]
asyncio.run({"latency": latency, "fanout": fanout}[kind](*numbers))
