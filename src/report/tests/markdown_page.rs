//! Markdown.

use super::*;

#[test]
fn markdown_has_the_same_in_tables() {
    insta::assert_snapshot!(markdown(&no_go()), @r#"
    # NO-GO

    Do not cut over: no-lost-orders (2 lost of 388), no-double-commits (1 double\_committed).

    - Judged: 2026-11-20 09:00:00 to 2026-11-20 12:00:00 UTC
    - As of: 2026-11-20 12:20:00 UTC, the journal's last seal
    - Orders: 400 captured, 388 judged, 12 pending
    - To GO: at least 368 clean orders; in a new run, as this one can't become GO
    - Requests: received 513 = teed 402 + passed through 100 + skipped 10 (no\_json 10) + in flight 1

    ## Gates

    | gate | status | measured | at worst | threshold | why | what would change it |
    | --- | --- | --- | --- | --- | --- | --- |
    | evidence-intact | GO | chain verified, no gaps, both ledgers read | chain verified, no gaps, both ledgers read | 0 | All is there. |  |
    | no-lost-orders | NO-GO | 2 lost of 388 | 2 lost of 388 | 0 | Two orders were acknowledged, and two complete readings of the ledger after their horizon have no document. | 259 clean orders, 2 complete readings. |
    | no-double-commits | NO-GO | 1 double\_committed | 1 double\_committed | 0 | One was made twice. | 259 clean orders, 2 complete readings. |

    ## Fates

    | | legacy | gated |
    | --- | ---: | ---: |
    | double\_committed | 0 | 1 |
    | committed | 388 | 385 |
    | lost | 0 | 2 |
    | pending | 12 | 12 |

    ## Parity

    | parity | orders |
    | --- | ---: |
    | matched | 386 |
    | legacy\_only | 2 |
    | open | 12 |

    ## Totals

    | | legacy | gated |
    | --- | ---: | ---: |
    | orders captured | 400 | 400 |
    | orders with a fate | 400 | 400 |
    | documents in the ledger | 410 | 398 |
    | of captured orders | 398 | 398 |
    | set aside: before\_the\_run | 12 | 0 |
    | residual | 0 | 0 |

    Every order and every document is accounted for.

    ## Goods and money

    Units and money are not counted: write \[order\] and, for both lanes, \[lane.X.document\], which say where lines, quantities and totals stand.

    ## Census

    No third witness: none is expected, and none was imported.

    ## Exceptions

    | owner | exceptions | money at risk | oldest |
    | --- | ---: | --- | --- |
    | ERP/IT | 2 | EUR 119.90, not known of 1 order | 3 h 13 m |
    | operations | 1 | JPY 5000 | 3 h 13 m |

    | owner | order | lane | fate | reason | money at risk | since (UTC) | documents | next action |
    | --- | --- | --- | --- | --- | --- | --- | --- | --- |
    | ERP/IT | 5001 | gated | lost |  | EUR 119.90 | 2026-11-20 09:07:00, for 3 h 13 m |  | Find out in the gated lane's log why its answer was 201; enter the order by hand. |
    | ERP/IT | 5002 | gated | lost |  |  | 2026-11-20 09:07:00, for 3 h 13 m |  | Find out in the gated lane's log why its answer was 201; enter the order by hand. |
    | operations | 5107 | gated | double\_committed |  | JPY 5000 | 2026-11-20 09:07:00, for 3 h 13 m | SO-77, SO-78 | Cancel the later document, then find out which key lets the ERP see a repeat. |

    ## Findings: none

    - legacy with gated: 388 orders compared member by member, no unexplained difference
    - order with gated: not compared with what was ordered: \[lane.gated.document\] is not written
    - order with legacy: not compared with what was ordered: \[lane.legacy.document\] is not written

    ## What would have been seen

    Known faults were seeded into copies of 200 good orders of this run, in memory, and judged again by the same rules.

    | fault | seen |
    | --- | --- |
    | the commit of an order is dropped | 200 of 200, surely at least 98.5 % |
    | a total is a cent off, or more where a tolerance covers a cent | 199 of 200, surely at least 97.6 % |
    | two orders have each other's documents | none could be seeded |

    ## Evidence

    - legacy: live, fire-and-forget, production ledger; 240 complete readings; seen up to 2026-11-20 12:19:00 UTC; its clock 120 ms ahead; outcomes by poll:live 398
    - gated: shadow, erp-gated, sandbox ledger; 240 complete readings; seen up to 2026-11-20 12:19:00 UTC; its clock 120 ms ahead; outcomes by poll:shadow 398
    - gaps: none
    - run: 2 "gated build 412", live run 2
    - policy: `9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f`
    - journal: `3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c`
    "#);
}
