//! Documents and entries: the path says what is done, and the query with what, its parts separated by `|` (`%7C` in a URL).

use crate::kontor::function::{
    documents::{self, Comparison, Filter, Order, Question, Scalar},
    keyvalue,
};

fn part<'a>(parts: &[&'a str], index: usize) -> &'a str {
    parts.get(index).copied().unwrap_or_default()
}

/// None if the part is empty.
fn some<'a>(parts: &[&'a str], index: usize) -> Option<&'a str> {
    Some(part(parts, index)).filter(|text| !text.is_empty())
}

fn number(parts: &[&str], index: usize) -> u64 {
    part(parts, index).parse().unwrap_or_default()
}

/// What the host said, as text; none if there is no such path.
pub fn ask(path: &str, query: &str) -> Option<String> {
    let query = query.replace("%7C", "|");
    let parts: Vec<&str> = query.split('|').collect();
    let (place, name) = (part(&parts, 0), part(&parts, 1));
    Some(match path {
        "/documents/insert" => format!("{:?}", documents::insert(place, name, part(&parts, 2))),
        "/documents/get" => format!("{:?}", documents::get(place, name).map(|found| found.map(|one| one.body))),
        "/documents/find" => find(&parts),
        "/documents/replace-latest" => replace_latest(&parts),
        "/documents/replace" => {
            format!("{:?}", documents::replace(place, name, number(&parts, 2), part(&parts, 3)))
        }
        "/documents/delete" => format!("{:?}", documents::delete(place, name, number(&parts, 2))),
        "/keyvalue/get" => format!("{:?}", keyvalue::get(place, name).map(text)),
        "/keyvalue/set" => {
            let absent = part(&parts, 4) == "absent";
            let time = some(&parts, 3).and_then(|ms| ms.parse().ok());
            format!("{:?}", keyvalue::set(place, name, part(&parts, 2).as_bytes(), time, absent))
        }
        "/keyvalue/set-bytes" => {
            format!("{:?}", keyvalue::set(place, name, &vec![b'x'; number(&parts, 2) as usize], None, false))
        }
        "/keyvalue/delete" => format!("{:?}", keyvalue::delete(place, name)),
        "/keyvalue/increment" => {
            format!("{:?}", keyvalue::increment(place, name, part(&parts, 2).parse().unwrap_or_default(), None))
        }
        "/keyvalue/compare-and-set" => {
            let (expected, value) = (some(&parts, 2).map(str::as_bytes), some(&parts, 3).map(str::as_bytes));
            format!("{:?}", keyvalue::compare_and_set(place, name, expected, value, None))
        }
        "/keyvalue/list" => {
            let listed = keyvalue::list(place, name, some(&parts, 3), number(&parts, 2) as u32);
            let keys = |listed: keyvalue::Listed| listed.entries.into_iter().map(|entry| entry.key).collect::<Vec<_>>();
            format!("{:?}", listed.map(|listed| (listed.next.clone(), keys(listed))))
        }
        _ => return None,
    })
}

fn text(value: Option<Vec<u8>>) -> Option<String> {
    value.map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// `COLLECTION|PATH|VALUE|LIMIT|AFTER`: ids and the next place.
fn find(parts: &[&str]) -> String {
    let comparison = Comparison { path: part(parts, 1).to_owned(), value: Scalar::Text(part(parts, 2).to_owned()) };
    let question = Question {
        filters: vec![match part(parts, 1) {
            "later" => Filter::Other("like".to_owned()),
            _ => Filter::Equal(comparison),
        }],
        order: Order { path: None, descending: false },
        limit: number(parts, 3) as u32,
        after: some(parts, 4).map(str::to_owned),
    };
    let found = documents::find(part(parts, 0), &question);
    format!(
        "{:?}",
        found
            .map(|found| { (found.documents.into_iter().map(|document| document.id).collect::<Vec<_>>(), found.next) })
    )
}

/// Reads, and replaces what was read: whether the version rose.
fn replace_latest(parts: &[&str]) -> String {
    let (collection, id) = (part(parts, 0), part(parts, 1));
    let Ok(Some(found)) = documents::get(collection, id) else { return "nothing there".to_owned() };
    let replaced = documents::replace(collection, id, found.version, part(parts, 2));
    format!("{:?}", replaced.map(|version| version > found.version))
}
