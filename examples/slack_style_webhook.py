"""A receiver like that of a chat, and alerts that are sent to it: signed, and each shown once however often it comes.

It needs policytrack[notify]. The receiver listens on this machine alone, and ends with the script.

python examples/slack_style_webhook.py
"""

import base64
import json
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

from policytrack import open_tracker

SEEDS = Path(__file__).parent.parent / "seeds"
LARGEST = 1_000_000
ALERTS = """
channels:
  chat: {{webhook: "http://127.0.0.1:{port}/chat", secret: "env:CHAT_SECRET", allow_private: [127.0.0.1]}}
subscriptions:
  - {{name: desk, match: {{policy: "us.*"}}, to: chat}}
"""


class Chat(ThreadingHTTPServer):
    """What the receiver knows: the key, and the ids that it has had."""

    def __init__(self, secret: str) -> None:
        super().__init__(("127.0.0.1", 0), Receiver)
        self.key = Webhook(secret)
        self.had: set[str] = set()


class Receiver(BaseHTTPRequestHandler):
    """Takes one message: 200 says that it may be forgotten by who sent it, anything else that it is to come again."""

    server: Chat

    def do_POST(self) -> None:
        body = self.rfile.read(min(int(self.headers.get("content-length", 0)), LARGEST))
        try:
            alert = self.server.key.verify(body, dict(self.headers))
        except (WebhookVerificationError, ValueError):  # it was signed by nobody we know
            self._answer(401)
            return
        # Kept in a set here; a receiver that must not forget keeps the ids where it keeps the messages.
        if alert["id"] in self.server.had:
            print(f"had already: {alert['id']}")
        else:
            self.server.had.add(alert["id"])
            print(json.dumps(in_chat(alert), ensure_ascii=False))
        self._answer(200)

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: what is shown are the messages."""


def in_chat(alert: dict[str, Any]) -> dict[str, str]:
    """An alert as a chat takes it."""
    told = [each["data"] for each in alert["data"].get("alerts", [alert])]
    return {"text": "\n".join(line(each) for each in told)}


def line(data: dict[str, Any]) -> str:
    if data["what"] not in ("new", "corroborated", "confirmed", "disputed", "retracted", "corrected"):
        return f"{data['what']}: {data.get('policy') or data.get('source') or data['text']}"
    cause = f" {data['trigger']['quote']}" if data["trigger"]["stated"] else ""
    return f"*{data['policy']}* {data['from']} -> {data['to']} on {data['on']}, {data['stage']}.{cause}"


@contextmanager
def chat(secret: str) -> Iterator[Chat]:
    """The receiver, at work on a port of its own until the block ends."""
    with Chat(secret) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def main() -> None:
    os.environ["CHAT_SECRET"] = secret = "whsec_" + base64.b64encode(os.urandom(24)).decode()
    with tempfile.TemporaryDirectory() as folder, chat(secret) as server, open_tracker(":memory:") as tracker:
        file = Path(folder, "alerts.yaml")
        file.write_text(ALERTS.format(port=server.server_port), encoding="utf-8")
        alerts = tracker.alerts(file)
        list(alerts.round())  # the subscription begins
        tracker.ingest(SEEDS)
        sent = [each for each in alerts.round() if each.status == "sent"]
        alerts.resend(sent[0].id)
        again = [each for each in alerts.round() if each.status == "sent"]
        print(f"sent {len(sent) + len(again)}, shown {len(server.had)}")


if __name__ == "__main__":
    main()
