"""Sends a few events with one of the unmodified SDKs, once to each of the given servers, all at once.

Arguments: which SDK, the write key, and {name: address} as JSON. Users are `<sdk>-<name>`.
"""
import json
import sys
from concurrent.futures import ThreadPoolExecutor

EVENTS = 3
sdk, key, targets = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
failures = []


def failed(error, items=None):
    failures.append(repr(error))


def segment_client(host):
    from segment.analytics.client import Client
    return Client(key, host=host, gzip=True, on_error=failed)


def analytics_client(host):
    from analytics.client import Client
    return Client(key, host=host, on_error=failed)


def rudder_client(host):
    from rudderstack.analytics.client import Client
    return Client(key, host=host, on_error=failed)


def send(client, user):
    client.identify(user, {"plan": "free"})
    for number in range(EVENTS):
        client.track(user, "From SDK", {"number": number})
    client.flush()
    getattr(client, "shutdown", client.join)()


def send_posthog(host, user):
    from posthog import Posthog
    client = Posthog(key, host=host, gzip=True, on_error=failed, max_retries=5)
    client.set(distinct_id=user, properties={"plan": "free"})
    for number in range(EVENTS):
        client.capture("From SDK", distinct_id=user, properties={"number": number})
    client.flush()
    client.shutdown()


CLIENTS = {"segment": segment_client, "analytics": analytics_client, "rudder": rudder_client}


def run(target):
    name, host = target
    user = f"{sdk}-{name}"
    if sdk == "posthog":
        send_posthog(host, user)
    else:
        send(CLIENTS[sdk](host), user)


with ThreadPoolExecutor(max_workers=len(targets)) as pool:
    list(pool.map(run, targets.items()))
if failures:
    sys.exit(f"the SDK reported: {failures}")
