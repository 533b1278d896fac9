//! What all that speak HTTP share: connections, pools, hop-by-hop headers, body caps.
