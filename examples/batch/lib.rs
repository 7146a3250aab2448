//! Jobs that begin and end: a log is searched, a picture is drawn.
