import segment.analytics as analytics

analytics.write_key = "{{key}}"
analytics.host = "{{url}}"
analytics.track("ada", "Order Completed", {"revenue": 40})
analytics.shutdown()
