//! What `--help` says of the commands that show things live.

use crate::help::Help;

pub(crate) const SERVE: Help = Help {
    about: "\
Serves a page, JSON and metrics for Prometheus of what is in the folder, to be \
looked at with a browser, until it is ended.

It listens on this machine alone unless --listen says otherwise; then whoever \
can connect can see the paths of functions, the names of types, and figures. \
Requests have to name this machine (localhost, an address) or an --allow-host, \
so that no page on the web can read along.

Plans can be removed by `POST /amorsize/cache/clear` and `/cache/prune`, with \
the header `Authorization: Bearer TOKEN`, and only if --token-file is given. A \
program shows more of itself: see the package amorsize-dashboard.",
    rest: "\
Exit codes:
  1\tThe address cannot be listened at, or the token not be read.
  2\tAn --allow-host is not the name of a host.

JSON:
  cache_dir, url, writable

Examples:
  amorsize serve
  amorsize serve --listen 127.0.0.1:8080 --token-file token
  curl -s http://127.0.0.1:9184/metrics",
};

pub(crate) const TOP: Help = Help {
    about: "\
Shows the functions live, the one that saved most first: of what is in the \
folder, or of the program whose dashboard is at the address. Looks every second; \
q or Ctrl-C ends it.

Gains with a ~ are predicted, others were measured. Where standard output is no \
terminal, or --json is given, it is printed once.",
    rest: "\
Exit codes:
  0\tFine.
  1\tThe folder cannot be read, or there is no dashboard at the address.
  2\tThe address makes no sense.

JSON:
  source, hits, misses, saved_ns, functions: see `amorsize help json`

Examples:
  amorsize top
  amorsize top 127.0.0.1:9184
  amorsize top --once --json | jq '.functions[0]'",
};
