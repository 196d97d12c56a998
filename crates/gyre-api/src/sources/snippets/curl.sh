curl {{url}}/v1/track --user {{key}}: \
  --data '{"userId": "ada", "event": "Order Completed", "properties": {"revenue": 40}}'
