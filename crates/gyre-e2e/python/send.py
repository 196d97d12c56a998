"""Sends a few events with the unmodified segment-analytics-python."""
import sys

import segment.analytics as analytics

host, key = sys.argv[1:3]
analytics.write_key = key
analytics.host = host
analytics.gzip = True
failures = []
analytics.on_error = lambda error, items: failures.append(error)
analytics.identify("py-user", {"email": "py@example.com", "plan": "free"})
for number in range(3):
    analytics.track("py-user", "From Python", {"number": number})
analytics.flush()
analytics.shutdown()
if failures:
    sys.exit(f"the SDK reported: {failures}")
