//! HTTP: collection routes, resources, queries, decisions.
