"""Tests of downloads from local servers: each way a mirror can fail, and that the next is asked."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from vecnb import download as module
from vecnb.download import DownloadError, download, failed_recently, remember_failure

CONTENT = bytes(range(256)) * 1000


class Mirror(BaseHTTPRequestHandler):
    """Behaves as the first part of the path says."""

    def do_GET(self):
        how, _ = self.path.strip("/").split("/")
        self.server.asked.append(how)
        if how in ("403", "404", "503"):
            self.send_error(int(how))
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        if how == "good":
            self.wfile.write(CONTENT)
        elif how == "page":
            self.wfile.write(CONTENT[:10] + bytes(len(CONTENT) - 10))
        elif how == "drops":
            self.wfile.write(CONTENT[:1000])
        elif how == "stalls":
            self.wfile.write(CONTENT[:1000])
            self.server.ended.wait(30)
        elif how == "pauses":
            self.wfile.write(CONTENT[:1000])
            self.wfile.flush()
            time.sleep(0.5)
            self.wfile.write(CONTENT[1000:])
        elif how == "trickles":
            while not self.server.ended.wait(0.05):
                self.wfile.write(b"a")
                self.wfile.flush()

    def log_message(self, *_):
        pass


@pytest.fixture
def mirrors(monkeypatch):
    """Gives the addresses of mirrors that behave as their names say; `asked` are those that were asked."""
    for proxy in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(proxy, raising=False)
    monkeypatch.setattr(module, "PATIENCE", 0.4)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Mirror)
    server.daemon_threads, server.handle_error = True, lambda *_: None
    server.asked, server.ended = [], threading.Event()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def addresses(*names):
        return [f"http://127.0.0.1:{server.server_port}/{name}/" for name in names]

    addresses.asked = server.asked
    yield addresses
    server.ended.set()
    server.shutdown()
    server.server_close()


def check(name, content):
    if content != CONTENT:
        raise DownloadError(f"{name} is not the file")


def test_the_first_mirror_that_sends_the_file_is_the_last_that_is_asked(mirrors):
    assert download("file", mirrors("good", "404"), check) == CONTENT
    assert mirrors.asked == ["good"]


@pytest.mark.parametrize("how", ["403", "503", "page", "drops", "stalls", "trickles", "pauses"])
def test_after_a_mirror_that_fails_the_next_is_asked(mirrors, how):
    """A pause of five seconds used to cost a day: the second mirror was not asked."""
    started = time.monotonic()
    assert download("file", mirrors(how, "good"), check) == CONTENT
    assert mirrors.asked == [how, "good"]
    assert time.monotonic() - started < 5


def test_a_pause_within_the_patience_is_borne(mirrors, monkeypatch):
    monkeypatch.setattr(module, "PATIENCE", 5.0)
    assert download("file", mirrors("pauses", "good"), check) == CONTENT
    assert mirrors.asked == ["pauses"]


def test_when_all_fail_each_is_named_with_its_reason(mirrors):
    with pytest.raises(DownloadError) as caught:
        download("file", [*mirrors("403", "page", "trickles"), "http://127.0.0.1:1/"], check)
    for words in ("/403/: HTTP Error 403", "file is not the file", "bytes in 0 s", ":1/: <urlopen error"):
        assert words in str(caught.value)


def test_a_name_server_that_does_not_answer_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(module, "PATIENCE", 0.2)
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: time.sleep(2) or [])
    started = time.monotonic()
    with pytest.raises(DownloadError, match="only 0 bytes"):
        download("file", ["http://example.invalid/"], check)
    assert time.monotonic() - started < 1.5


def test_the_whole_has_a_deadline(mirrors, monkeypatch):
    monkeypatch.setattr(module, "PATIENCE", 30.0)
    monkeypatch.setattr(module, "DEADLINE", 0.3)
    with pytest.raises(DownloadError, match="only 1,000 bytes in 0 s"):
        download("file", mirrors("stalls"), check)


def test_a_failure_is_remembered_for_a_while(tmp_path):
    assert not failed_recently(tmp_path / "raw", 60)
    remember_failure(tmp_path / "raw")
    assert failed_recently(tmp_path / "raw", 60) and not failed_recently(tmp_path / "raw", 0)


def test_where_nothing_can_be_written_nothing_is_remembered(tmp_path):
    (tmp_path / "file").touch()
    remember_failure(tmp_path / "file")
    assert not failed_recently(tmp_path / "file", 60)
