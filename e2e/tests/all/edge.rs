//! What the edge answers by itself: hosts, paths, pages, headers.

mod headers;
mod hosts;
mod pages;
mod paths;
