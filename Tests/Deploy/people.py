"""Who uses a suite while an operator works on it."""

import http.client
import threading
import uuid


def signed_in(daemons, login):
    daemons.send("/register", {"login": login, "password": "correct horse", "username": login})
    return logged_in(daemons, login)


def logged_in(daemons, login):
    return daemons.send("/login", {"login": login, "password": "correct horse"})["data"]["token"]


def said_in(daemons, room, token):
    history = daemons.send(f"/get-room-history?room_gid={room}", token=token)["data"]
    return {entry["msg"]["msgId"]: entry["msg"]["txt"] for entry in history}


class Writer(threading.Thread):
    """Writes study sessions one after the other, a hundred a second at most, and keeps what was acknowledged in that order.

    With patience it is refused now and then, and goes on with the next."""

    def __init__(self, daemons, token, is_patient=False):
        super().__init__(daemon=True)
        self.daemons, self.token, self.course = daemons, token, str(uuid.uuid4())
        self.refusals = (AssertionError, OSError, http.client.HTTPException) if is_patient else ()
        self.acknowledged, self.ended, self.news = [], threading.Event(), threading.Condition()

    def run(self):
        while not self.ended.is_set():
            session = str(uuid.uuid4())
            body = {"sessionId": session, "totalModulesStudied": 1, "averageScore": 50, "timeStudied": 1000}
            try:
                self.daemons.send(f"/courses/{self.course}", body, self.token)
            except self.refusals:
                self.ended.wait(0.01)
                continue
            with self.news:
                self.acknowledged.append(session)
                self.news.notify_all()
            self.ended.wait(0.01)

    def wait_for(self, more):
        """Until so many more have been acknowledged."""
        with self.news:
            count = len(self.acknowledged) + more
            assert self.news.wait_for(lambda: len(self.acknowledged) >= count, 60)

    def stop(self):
        self.ended.set()
        self.join()

    def check(self):
        """What was acknowledged is there."""
        for session in self.acknowledged:
            found = self.daemons.send(f"/courses/{self.course}/sessions/{session}", token=self.token)
            assert found["sessionId"] == session
