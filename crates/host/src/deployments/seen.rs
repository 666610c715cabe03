//! How the registry remembers which file was last acted upon: by its hash. Where several processes share a registry, each
//! has a folder of its own, so the folder's mark goes before the hash: a file that another one does not have was not
//! taken away there.

/// Tells a folder from those of other processes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Place(Option<String>);

impl Place {
    /// The only one that writes to its registry.
    pub(super) fn only() -> Self {
        Self(None)
    }

    /// One of several.
    pub(super) fn one_of_several(mark: &str) -> Self {
        Self(Some(mark.to_owned()))
    }

    /// Whether others put functions into the same registry.
    pub(super) fn is_one_of_several(&self) -> bool {
        self.0.is_some()
    }

    /// What the registry keeps of a file with this hash.
    pub(super) fn note(&self, hash: &str) -> String {
        match &self.0 {
            Some(mark) => format!("{mark}/{hash}"),
            None => hash.to_owned(),
        }
    }

    /// The hash of this folder's file, out of what the registry keeps; none if it is of another folder.
    pub(super) fn hash(&self, note: &str) -> Option<String> {
        match &self.0 {
            Some(mark) => note.strip_prefix(mark.as_str())?.strip_prefix('/').map(ToOwned::to_owned),
            None => Some(note.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Place;

    #[test]
    fn a_folder_knows_its_own_files_again_and_no_others() {
        let (one, other) = (Place::one_of_several("a1"), Place::one_of_several("b2"));
        assert_eq!(one.hash(&one.note("hash")).as_deref(), Some("hash"));
        assert_eq!(other.hash(&one.note("hash")), None);
        assert_eq!(one.hash("hash"), None, "noted before there were several");
        assert_eq!(Place::only().hash(&Place::only().note("hash")).as_deref(), Some("hash"));
    }
}
