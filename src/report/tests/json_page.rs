//! JSON.

use super::*;

#[test]
#[allow(clippy::too_many_lines, reason = "the lines are the report's")]
fn json_is_versioned_and_in_a_fixed_order() {
    insta::assert_snapshot!(json(&no_go()).unwrap(), @r#"
    {
      "schema_version": 3,
      "decision": "NO-GO",
      "distance": {
        "new_run": true,
        "orders": 368,
        "hours": 0,
        "readings": 0,
        "decisions": 0
      },
      "gates": [
        {
          "name": "evidence-intact",
          "status": "GO",
          "measured": "chain verified, no gaps, both ledgers read",
          "worst_case": "chain verified, no gaps, both ledgers read",
          "threshold": "0",
          "reason": "All is there.",
          "would_change": null
        },
        {
          "name": "no-lost-orders",
          "status": "NO-GO",
          "measured": "2 lost of 388",
          "worst_case": "2 lost of 388",
          "threshold": "0",
          "reason": "Two orders were acknowledged, and two complete readings of the ledger after their horizon have no document.",
          "would_change": {
            "words": "259 clean orders, 2 complete readings.",
            "new_run": false,
            "orders": 259,
            "hours": 0,
            "readings": 2,
            "decisions": 0
          }
        },
        {
          "name": "no-double-commits",
          "status": "NO-GO",
          "measured": "1 double_committed",
          "worst_case": "1 double_committed",
          "threshold": "0",
          "reason": "One was made twice.",
          "would_change": {
            "words": "259 clean orders, 2 complete readings.",
            "new_run": false,
            "orders": 259,
            "hours": 0,
            "readings": 2,
            "decisions": 0
          }
        }
      ],
      "fates": {
        "legacy": {
          "committed": 388,
          "pending": 12
        },
        "gated": {
          "double_committed": 1,
          "committed": 385,
          "lost": 2,
          "pending": 12
        }
      },
      "parity": {
        "matched": 386,
        "legacy_only": 2,
        "open": 12
      },
      "losses": {
        "both": 0,
        "legacy_only": 0,
        "gated_only": 0,
        "p_value": null
      },
      "totals": {
        "orders_captured": 400,
        "orders_accounted": {
          "legacy": 400,
          "gated": 400
        },
        "documents": {
          "legacy": 410,
          "gated": 398
        },
        "documents_of_orders": {
          "legacy": 398,
          "gated": 398
        },
        "documents_aside": {
          "legacy": {
            "before_the_run": 12
          },
          "gated": {}
        },
        "residual": {
          "legacy": 0,
          "gated": 0
        }
      },
      "census": {
        "expected": false,
        "imported": false,
        "complete_through": null,
        "listed": 0,
        "captured": 0,
        "before_the_run": 0,
        "carried_over": 0,
        "not_yet": 0,
        "excluded": {},
        "shared_name": 0,
        "round_the_tee": 0,
        "in_doubt": 0,
        "missing": 0,
        "unlisted": 0,
        "residual": 0
      },
      "tie_out": {
        "units": [],
        "units_beyond": 0,
        "money": [],
        "orders_without_units": 0,
        "orders_without_money": 0
      },
      "signals": {
        "orders": 0,
        "orders_pending": 0,
        "lanes": {
          "legacy": {
            "invisibility": {
              "missing": "this lane confirmed no order"
            },
            "queued": {
              "missing": "no order was sent to this lane"
            },
            "commit_latency": {
              "missing": "no order was sent to this lane that it was to commit"
            },
            "allocation": {
              "missing": "no source tells of allocations on this lane"
            },
            "feeds": {
              "missing": "no source tells of feeds on this lane"
            },
            "handoff": [
              {
                "step": "placed",
                "orders": {
                  "in_sequence": 0,
                  "early": 0,
                  "unknown": 0,
                  "not_taken": 0
                }
              },
              {
                "step": "state_written",
                "orders": {
                  "in_sequence": 0,
                  "early": 0,
                  "unknown": 0,
                  "not_taken": 0
                }
              },
              {
                "step": "ingested",
                "orders": {
                  "in_sequence": 0,
                  "early": 0,
                  "unknown": 0,
                  "not_taken": 0
                }
              },
              {
                "step": "validated",
                "orders": null
              },
              {
                "step": "confirmed",
                "orders": {
                  "in_sequence": 0,
                  "early": 0,
                  "unknown": 0,
                  "not_taken": 0
                }
              },
              {
                "step": "feeds_updated",
                "orders": null
              }
            ]
          },
          "gated": {
            "invisibility": {
              "missing": "this lane confirmed no order"
            },
            "queued": {
              "missing": "no order was sent to this lane"
            },
            "commit_latency": {
              "missing": "no order was sent to this lane that it was to commit"
            },
            "allocation": {
              "missing": "no source tells of allocations on this lane"
            },
            "feeds": {
              "missing": "no source tells of feeds on this lane"
            },
            "handoff": [
              {
                "step": "placed",
                "orders": {
                  "in_sequence": 0,
                  "early": 0,
                  "unknown": 0,
                  "not_taken": 0
                }
              },
              {
                "step": "state_written",
                "orders": {
                  "in_sequence": 0,
                  "early": 0,
                  "unknown": 0,
                  "not_taken": 0
                }
              },
              {
                "step": "ingested",
                "orders": {
                  "in_sequence": 0,
                  "early": 0,
                  "unknown": 0,
                  "not_taken": 0
                }
              },
              {
                "step": "validated",
                "orders": null
              },
              {
                "step": "confirmed",
                "orders": {
                  "in_sequence": 0,
                  "early": 0,
                  "unknown": 0,
                  "not_taken": 0
                }
              },
              {
                "step": "feeds_updated",
                "orders": null
              }
            ]
          }
        },
        "over_time": {
          "from": null,
          "step_s": 0,
          "counted_every_s": 0,
          "invisible": {
            "legacy": null,
            "gated": null
          },
          "backlog": {
            "legacy": null,
            "gated": null
          }
        },
        "oversell": {
          "counted_every_s": 1,
          "skus": [],
          "skus_beyond": 0,
          "orders_without_units": 0,
          "stock_units": {
            "missing": "the journal holds no stock snapshots"
          }
        },
        "drift": {
          "days": [],
          "skus": [],
          "skus_beyond": 0
        }
      },
      "comparison": {
        "documents": "as-they-are",
        "lanes": {
          "compared": 388,
          "differing": 0,
          "unexplained": 0,
          "by_order": 0,
          "not_compared": {}
        },
        "order": {
          "legacy": null,
          "gated": null
        },
        "unexplained": 0
      },
      "findings": [],
      "findings_beyond": 0,
      "rules": [],
      "decisions": [],
      "sensitivity": {
        "orders": 200,
        "faults": [
          {
            "fault": "drop",
            "seeded": 200,
            "caught": 200,
            "lower_limit": 0.985,
            "missed": null
          },
          {
            "fault": "cent",
            "seeded": 200,
            "caught": 199,
            "lower_limit": 0.976,
            "missed": "5044"
          },
          {
            "fault": "swap",
            "seeded": 0,
            "caught": 0,
            "lower_limit": null,
            "missed": null
          }
        ]
      },
      "exceptions": [
        {
          "order_key": "5001",
          "lane": "gated",
          "fate": "lost",
          "references": [],
          "at": "2026-11-20T09:07:00Z",
          "age_us": 11580000000,
          "reason_class": null,
          "reason": null,
          "money_at_risk": {
            "currency": "EUR",
            "amount": "119.90"
          },
          "owner": "erp_it",
          "next_action": "Find out in the gated lane's log why its answer was 201; enter the order by hand."
        },
        {
          "order_key": "5107",
          "lane": "gated",
          "fate": "double_committed",
          "references": [
            "SO-77",
            "SO-78"
          ],
          "at": "2026-11-20T09:07:00Z",
          "age_us": 11580000000,
          "reason_class": null,
          "reason": null,
          "money_at_risk": {
            "currency": "JPY",
            "amount": "5000"
          },
          "owner": "operations",
          "next_action": "Cancel the later document, then find out which key lets the ERP see a repeat."
        },
        {
          "order_key": "5002",
          "lane": "gated",
          "fate": "lost",
          "references": [],
          "at": "2026-11-20T09:07:00Z",
          "age_us": 11580000000,
          "reason_class": null,
          "reason": null,
          "money_at_risk": null,
          "owner": "erp_it",
          "next_action": "Find out in the gated lane's log why its answer was 201; enter the order by hand."
        }
      ],
      "exceptions_count": 3,
      "owners": [
        {
          "owner": "erp_it",
          "exceptions": 2,
          "money_at_risk": {
            "EUR": "119.90"
          },
          "money_unread": 1,
          "oldest_at": "2026-11-20T09:07:00Z",
          "age_us": 11580000000,
          "tasks": [
            {
              "lane": "gated",
              "fate": "lost",
              "reason_class": null,
              "next_action": "Find out in the gated lane's log why its answer was 201; enter the order by hand.",
              "exceptions": 2,
              "money_at_risk": {
                "EUR": "119.90"
              },
              "money_unread": 1,
              "oldest_at": "2026-11-20T09:07:00Z",
              "age_us": 11580000000
            }
          ]
        },
        {
          "owner": "operations",
          "exceptions": 1,
          "money_at_risk": {
            "JPY": "5000"
          },
          "money_unread": 0,
          "oldest_at": "2026-11-20T09:07:00Z",
          "age_us": 11580000000,
          "tasks": [
            {
              "lane": "gated",
              "fate": "double_committed",
              "reason_class": null,
              "next_action": "Cancel the later document, then find out which key lets the ERP see a repeat.",
              "exceptions": 1,
              "money_at_risk": {
                "JPY": "5000"
              },
              "money_unread": 0,
              "oldest_at": "2026-11-20T09:07:00Z",
              "age_us": 11580000000
            }
          ]
        }
      ],
      "masked": false,
      "run": {
        "number": 2,
        "label": "gated build 412",
        "begin": "2026-11-20T09:00:00Z",
        "until": "2026-11-20T12:00:00Z",
        "as_of": "2026-11-20T12:20:00Z",
        "live_run": 2,
        "policy_digest": "9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f",
        "changes": [],
        "changes_beyond": 0,
        "journal_head": "3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c",
        "counts": {
          "received": 513,
          "teed": 402,
          "passed_through": 100,
          "skipped": {
            "no_json": 10
          },
          "redelivered": 0,
          "same_order_again": 0,
          "signatures": {}
        },
        "lanes": {
          "legacy": {
            "role": "live",
            "flow": "fire-and-forget",
            "ledger": "production",
            "readings_complete": 240,
            "readings_broken": 0,
            "watermark": "2026-11-20T12:19:00Z",
            "clock_offset_us": 120000,
            "clock_skew_max_us": null,
            "watermarks": 0,
            "lookups": 0,
            "lookups_failed": 0,
            "sources": {
              "poll:live": 398
            }
          },
          "gated": {
            "role": "shadow",
            "flow": "erp-gated",
            "ledger": "sandbox",
            "readings_complete": 240,
            "readings_broken": 0,
            "watermark": "2026-11-20T12:19:00Z",
            "clock_offset_us": 120000,
            "clock_skew_max_us": null,
            "watermarks": 0,
            "lookups": 0,
            "lookups_failed": 0,
            "sources": {
              "poll:shadow": 398
            }
          }
        },
        "gaps": 0,
        "gaps_unexplained": 0,
        "gap_list": [],
        "clock_back": null,
        "extracts": [],
        "acts": []
      }
    }
    "#);
}
