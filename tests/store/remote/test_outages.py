"""A server that is away, hangs, or half answers costs less than the deadline, and is told of."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import grpc
import pytest
from weaviate import exceptions as theirs

from crystalviz.store import connect, errors
from crystalviz.store.remote import Breaker, RemoteClient
from tests.store.remote.faulty import FaultyServer, Relay, SilentPort, Stopwatch, free_port

# Of clients whose server hangs; a busy machine may take as much again.
DEADLINE = 0.3
SLACK = 0.5


def _client(faulty: FaultyServer, **settings: Any) -> RemoteClient:
    given: dict[str, Any] = {"breaker": Breaker(pause=0.05), **settings}
    return RemoteClient(faulty.url, grpc_port=faulty.grpc_port, **given)


@pytest.fixture
def client(faulty: FaultyServer) -> Iterator[RemoteClient]:
    with _client(faulty) as opened:
        yield opened


@pytest.fixture
def hasty(faulty: FaultyServer) -> Iterator[RemoteClient]:
    """A client that does not wait long."""
    with _client(faulty, deadline=DEADLINE) as opened:
        yield opened


def _query(client: RemoteClient) -> Any:
    return client.collections.use("Things").query.fetch_objects()


def _read(client: RemoteClient) -> Any:
    return client.collections.list_all()


def _insert(client: RemoteClient) -> Any:
    return client.collections.use("Things").data.insert({"a": 1})


def _insert_many(client: RemoteClient) -> Any:
    return client.collections.use("Things").data.insert_many([{"a": 1}])


CALLS = [_query, _read, _insert, _insert_many]
Call = Callable[[RemoteClient], Any]


def test_well_at_first(client: RemoteClient) -> None:
    assert _query(client).objects == []
    assert _insert_many(client).has_errors is False
    assert client.is_ready()
    assert client.breaker.state == "closed"


def test_hanging_server_costs_less_than_two_seconds_by_default(faulty: FaultyServer) -> None:
    faulty.grpc_seconds = 30.0
    seconds = []
    with connect(faulty.url, grpc_port=faulty.grpc_port) as client:
        things = client.collections.use("Things")
        # Once more where other programs took the processor.
        while len(seconds) < 3 and min(seconds, default=9.0) >= 2.0:
            client.breaker.reset()
            with Stopwatch() as watch, pytest.raises(errors.WeaviateTimeoutError, match="2 s"):
                things.query.near_vector([1.0, 0.0])
            seconds.append(watch.seconds)
    assert 1.5 < min(seconds) < 2.0


@pytest.mark.parametrize("call", CALLS)
def test_hanging_in_mid_session(faulty: FaultyServer, hasty: RemoteClient, call: Call) -> None:
    assert hasty.is_ready()
    faulty.rest_hangs, faulty.grpc_seconds, faulty.serving = True, 30.0, False
    with Stopwatch() as watch, pytest.raises(errors.WeaviateTimeoutError, match="did not answer"):
        call(hasty)
    assert watch.seconds < DEADLINE + SLACK


@pytest.mark.parametrize("call", [_query, _insert_many])
def test_silent_ports(call: Call) -> None:
    with SilentPort() as rest, SilentPort() as rpc:
        client = RemoteClient(
            f"http://127.0.0.1:{rest.port}", grpc_port=rpc.port, deadline=DEADLINE
        )
        with Stopwatch() as watch, pytest.raises(errors.WeaviateTimeoutError):
            call(client)
        assert watch.seconds < DEADLINE + SLACK
        client.close()


@pytest.mark.parametrize("call", CALLS)
def test_nothing_listens(call: Call) -> None:
    client = RemoteClient(f"http://127.0.0.1:{free_port()}", deadline=DEADLINE)
    with Stopwatch() as watch, pytest.raises(errors.WeaviateConnectionError, match="reached"):
        call(client)
    assert watch.seconds < DEADLINE + SLACK
    assert client.breaker.state == "open"
    client.close()


def test_host_without_a_name() -> None:
    with pytest.raises((errors.WeaviateConnectionError, errors.WeaviateTimeoutError)):
        connect("http://no-such-host.invalid:8080", deadline=DEADLINE)


def test_answer_that_comes_letter_by_letter(faulty: FaultyServer, hasty: RemoteClient) -> None:
    faulty.rest_drips = True
    with Stopwatch() as watch, pytest.raises(errors.WeaviateTimeoutError):
        _read(hasty)
    assert watch.seconds < DEADLINE + SLACK


def test_unavailable_is_not_repeated_for_a_minute(
    faulty: FaultyServer, client: RemoteClient
) -> None:
    faulty.code = grpc.StatusCode.UNAVAILABLE
    with Stopwatch() as watch, pytest.raises(errors.WeaviateGRPCUnavailableError):
        _query(client)
    assert watch.seconds < 1.0
    assert faulty.calls == 2


def test_one_unavailable_goes_unnoticed(faulty: FaultyServer, client: RemoteClient) -> None:
    faulty.code, faulty.refusals = grpc.StatusCode.UNAVAILABLE, 1
    assert _query(client).objects == []
    assert faulty.calls == 2


def test_rest_up_and_grpc_down_is_named(faulty: FaultyServer, client: RemoteClient) -> None:
    faulty.stop_grpc()
    with pytest.raises(errors.WeaviateGRPCUnavailableError) as told:
        _query(client)
    assert faulty.url in str(told.value)
    assert f"gRPC port 127.0.0.1:{faulty.grpc_port} does not" in str(told.value)
    assert "firewall" in str(told.value)


def test_rest_up_and_grpc_hanging_is_named(faulty: FaultyServer) -> None:
    with SilentPort() as rpc:
        client = RemoteClient(faulty.url, grpc_port=rpc.port, deadline=1.0)
        client.connect()
        with Stopwatch() as watch, pytest.raises(errors.WeaviateGRPCUnavailableError):
            _query(client)
        assert watch.seconds < 1.0
        client.breaker.reset()
        health = client.health()
        assert health["error"] == "gRPC does not answer"
        assert (health["ready"], health["rest"], health["grpc"]) == (False, True, False)
        client.close()


def test_grpc_up_and_rest_down(faulty: FaultyServer, client: RemoteClient) -> None:
    faulty.stop_rest()
    assert _query(client).objects == []
    with pytest.raises(errors.WeaviateConnectionError):
        _read(client)


def test_not_ready_server(faulty: FaultyServer, client: RemoteClient) -> None:
    faulty.status = 503
    with pytest.raises(errors.WeaviateConnectionError, match="answers 503"):
        _read(client)


def test_breaker_fails_at_once_and_lets_back(faulty: FaultyServer) -> None:
    with _client(faulty, breaker=Breaker(pause=0.2)) as client:
        things = client.collections.use("Things")
        faulty.stop_rest()
        faulty.stop_grpc()
        with pytest.raises(errors.WeaviateConnectionError, match="neither"):
            things.query.fetch_objects()
        with Stopwatch() as watch:
            for _ in range(20):
                with pytest.raises(errors.WeaviateConnectionError, match="is asked again in"):
                    things.query.fetch_objects()
        assert watch.seconds < 0.1
        faulty.start_rest()
        faulty.start_grpc()
        time.sleep(client.breaker.retry_in)
        # The same collection: nothing has to be made anew by the caller.
        assert things.query.fetch_objects().objects == []
        assert client.breaker.state == "closed"


def test_two_late_answers_open_the_breaker(faulty: FaultyServer, hasty: RemoteClient) -> None:
    faulty.grpc_seconds = 30.0
    for state in ("closed", "open"):
        with pytest.raises(errors.WeaviateTimeoutError):
            _query(hasty)
        assert hasty.breaker.state == state


def test_server_restarted_between_two_calls(faulty: FaultyServer, client: RemoteClient) -> None:
    assert _query(client).objects == []
    assert _read(client) == {}
    faulty.stop_rest()
    faulty.stop_grpc()
    faulty.start_rest()
    faulty.start_grpc()
    assert _query(client).objects == []
    assert _read(client) == {}


def test_dead_connections_are_given_up(faulty: FaultyServer) -> None:
    breaker = Breaker(pause=0.05)
    with (
        Relay(faulty.http_port) as rest,
        Relay(faulty.grpc_port) as rpc,
        RemoteClient(
            f"http://127.0.0.1:{rest.port}", grpc_port=rpc.port, deadline=DEADLINE, breaker=breaker
        ) as client,
    ):
        assert _query(client).objects == []
        rest.fall_silent()
        rpc.fall_silent()
        for _ in range(2):
            with pytest.raises(errors.WeaviateTimeoutError):
                _query(client)
        assert breaker.state != "closed"
        time.sleep(breaker.retry_in)
        assert _query(client).objects == []
        assert _read(client) == {}


def test_threads_share_the_time_of_connecting() -> None:
    with SilentPort() as rest, SilentPort() as rpc:
        client = RemoteClient(
            f"http://127.0.0.1:{rest.port}",
            grpc_port=rpc.port,
            deadline=DEADLINE,
            breaker=Breaker(threshold=100),
        )
        took: list[float] = []

        def ask() -> None:
            with Stopwatch() as watch, suppress(errors.WeaviateBaseError):
                _query(client)
            took.append(watch.seconds)

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        client.close()
    assert len(took) == 4
    assert max(took) < DEADLINE + SLACK


def test_long_write_is_waited_for_while_the_server_lives(faulty: FaultyServer) -> None:
    with _client(faulty, deadline=0.8) as client:
        faulty.grpc_seconds = faulty.rest_seconds = 0.9
        assert _insert_many(client).has_errors is False
        _insert(client)
        assert client.breaker.state == "closed"


def test_long_write_ends_with_its_own_deadline(faulty: FaultyServer) -> None:
    faulty.grpc_seconds = 30.0
    with (
        _client(faulty, deadline=DEADLINE, write_deadline=2 * DEADLINE) as client,
        Stopwatch() as watch,
        pytest.raises(errors.WeaviateTimeoutError, match="not known"),
    ):
        _insert_many(client)
    assert watch.seconds < 2 * DEADLINE + SLACK


def test_late_read_names_the_deadline(faulty: FaultyServer, hasty: RemoteClient) -> None:
    faulty.grpc_seconds = 30.0
    with pytest.raises(errors.WeaviateTimeoutError, match="Raise deadline="):
        _query(hasty)


def test_answers_of_the_server_are_no_outage(faulty: FaultyServer, client: RemoteClient) -> None:
    faulty.code, faulty.details = grpc.StatusCode.INTERNAL, "no such class"
    for _ in range(5):
        with pytest.raises(errors.WeaviateQueryError, match="no such class"):
            _query(client)
    faulty.status, faulty.body = 422, {"error": [{"message": "no"}]}
    with pytest.raises(errors.UnexpectedStatusCodeError) as told:
        _insert(client)
    assert told.value.status_code == 422
    assert client.breaker.state == "closed"


def test_batch_goes_on_and_keeps_what_failed(faulty: FaultyServer, client: RemoteClient) -> None:
    things = client.collections.use("Things")
    faulty.stop_rest()
    faulty.stop_grpc()
    with Stopwatch() as watch, things.batch.fixed_size(2) as batch:
        for place in range(6):
            batch.add_object({"a": place})
    assert watch.seconds < 1.0
    assert batch.number_errors == 6
    failed = things.batch.failed_objects
    assert [one.object_.properties["a"] for one in failed] == list(range(6))
    assert all("127.0.0.1" in one.message for one in failed)


def test_health_never_raises_and_prints_nothing(
    faulty: FaultyServer, client: RemoteClient, capfd: pytest.CaptureFixture[str]
) -> None:
    health = client.health()
    assert (health["ready"], health["rest"], health["grpc"]) == (True, True, True)
    assert (health["version"], health["address"]) == ("1.35.0", faulty.url)
    assert (health["breaker"], health["error"]) == ("closed", None)
    faulty.stop_rest()
    faulty.stop_grpc()
    assert not client.is_ready()
    assert not client.is_live()
    health = client.health()
    assert (health["ready"], health["rest"], health["grpc"]) == (False, False, False)
    assert health["breaker"] == "open"
    assert "127.0.0.1" in health["error"]
    assert capfd.readouterr() == ("", "")


def test_no_call_leaves_the_machine(faulty: FaultyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    import httpx

    hosts = set()
    send = httpx.HTTPTransport.handle_request

    def watched(self: Any, request: httpx.Request) -> httpx.Response:
        hosts.add(request.url.host)
        return send(self, request)

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", watched)
    with _client(faulty) as client:
        _read(client)
        client.is_ready()
    assert hosts == {"127.0.0.1"}


def test_proxies_of_the_environment_are_not_used(
    faulty: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    with _client(faulty) as client:
        assert _read(client) == {}


def test_both_names_of_an_error_catch_it(faulty: FaultyServer, client: RemoteClient) -> None:
    faulty.code = grpc.StatusCode.INTERNAL
    with pytest.raises(theirs.WeaviateQueryError):
        _query(client)
    with pytest.raises(errors.WeaviateBaseError):
        _query(client)
    faulty.code = grpc.StatusCode.UNAVAILABLE
    with pytest.raises(theirs.WeaviateGRPCUnavailableError):
        _query(client)
