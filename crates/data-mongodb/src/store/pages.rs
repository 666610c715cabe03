//! A page of an answer, gathered along the walks of a question.

use futures_util::TryStreamExt as _;
use kontor_data::{
    DocumentError,
    documents::{Document, Plan, Rules},
};
use mongodb::{error::Error, options::Hint};

use super::{Store, document};
use crate::{
    connection::ANSWER_TIME_MAX,
    find::{Walk, is_meant},
};

/// What was gathered so far.
#[derive(Default)]
pub(super) struct Page {
    pub(super) documents: Vec<Document>,
    size_bytes: usize,
}

impl Page {
    pub(super) fn is_full(&self, plan: &Plan) -> bool {
        self.documents.len() >= plan.limit || self.size_bytes > plan.size_max_bytes
    }
}

/// What the server gave of a walk.
struct Given {
    /// Those that are meant.
    documents: Vec<Result<Document, DocumentError>>,
    size_bytes: usize,
    /// How many there were in all.
    count: usize,
}

impl Store {
    /// Adds what a walk finds to a page that is not full.
    pub(super) async fn walk(
        &self,
        rules: &Rules,
        plan: &Plan,
        walk: &Walk,
        mut page: Page,
    ) -> Result<Page, DocumentError> {
        let wanted = plan.limit.saturating_sub(page.documents.len());
        let mut given = self.ask(self.step(rules, plan, walk, &page, Some(wanted))).await?;
        let is_done = given.documents.len() == given.count || given.count < wanted;
        if !is_done && page.size_bytes + given.size_bytes <= plan.size_max_bytes {
            // Some were not meant, which others fill: once more, as far as it takes.
            given = self.ask(self.step(rules, plan, walk, &page, None)).await?;
        }
        page.size_bytes += given.size_bytes;
        for document in given.documents {
            page.documents.push(document?);
        }
        Ok(page)
    }

    async fn step(
        &self,
        rules: &Rules,
        plan: &Plan,
        walk: &Walk,
        page: &Page,
        limit: Option<usize>,
    ) -> Result<Given, Error> {
        let wanted = plan.limit.saturating_sub(page.documents.len());
        let all = self.collection(rules);
        let mut find = all.find(walk.filter.clone()).sort(walk.sort.clone()).max_time(ANSWER_TIME_MAX);
        if let Some(hint) = &walk.hint {
            find = find.hint(Hint::Name(hint.clone()));
        }
        if let Some(limit) = limit {
            find = find.limit(i64::try_from(limit).unwrap_or(i64::MAX));
        }
        let mut stream = find.await?;
        let mut given = Given { documents: Vec::new(), size_bytes: 0, count: 0 };
        while given.documents.len() < wanted && page.size_bytes + given.size_bytes <= plan.size_max_bytes {
            let Some(stored) = stream.try_next().await? else { break };
            given.count += 1;
            if stored.get_document("b").is_ok_and(|body| is_meant(rules, plan, body)) {
                let document = document(&stored);
                given.size_bytes += document.as_ref().map_or(0, |document| document.body.len());
                given.documents.push(document);
            }
        }
        Ok(given)
    }
}
