SELECT message, person, at, campaign, variant, channel, content, offer, "loop", arm, segment, placement, cost
FROM send
WHERE NOT bounced
