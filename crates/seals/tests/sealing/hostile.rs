//! A version of the function itself that wants to be believed without the key.

use kontor_seals::{SealError, VerifyError};

use crate::{NOW, Office};

#[test]
fn the_function_cannot_change_its_seals() {
    let office = Office::new();
    office.register("RE");
    office.runtime.block_on(office.sealer().round(NOW)).unwrap();
    for attack in [
        "UPDATE seals SET made_at = 1",
        "DELETE FROM seals",
        "REPLACE INTO seals (sequence, previous, root, size, made_at, public_key, signature) \
         SELECT sequence, previous, root, 9, made_at, public_key, signature FROM seals",
        "UPDATE seal_leaves SET hashes = ''",
        "DELETE FROM seal_runs",
        "DROP TABLE seals",
    ] {
        assert!(office.attack(attack).is_err(), "{attack}");
    }
    assert_eq!(office.verify().unwrap().seals, 1);
}

#[test]
fn a_seal_that_the_function_puts_there_is_no_seal() {
    let office = Office::new();
    office.register("RE");
    office.runtime.block_on(office.sealer().round(NOW)).unwrap();
    let id = office.register("RE");
    let forged = "INSERT INTO seals (sequence, previous, root, size, made_at, public_key, signature) \
                  SELECT 2, previous, root, size, made_at, public_key, signature FROM seals";
    assert_eq!(office.attack(forged), Ok(1));
    let stopped = office.runtime.block_on(office.sealer().round(NOW));
    assert!(matches!(stopped, Err(SealError::Forged(2))), "{stopped:?}");
    let Err(VerifyError::Wrong(what)) = office.verify() else { panic!("a forged seal") };
    assert!(what.contains("seal 2"), "{what}");

    // A run without a tree gives no proof either.
    let run = "INSERT INTO seal_runs (seller, series, period, first, last, seal, position) \
               SELECT seller, series, period, 2, 2, 1, 1 FROM seal_runs";
    assert_eq!(office.attack(run), Ok(1));
    assert_eq!(office.proof(&id).status(), 500);
    assert!(office.app.log().iter().any(|line| line.contains("does not hold")));
}

#[test]
fn another_key_does_not_go_on_by_itself() {
    let office = Office::new();
    office.register("RE");
    office.runtime.block_on(office.sealer().round(NOW)).unwrap();
    office.register("RE");
    let mut other = kontor_seals::Sealer::new(office.database(), crate::key());
    let stopped = office.runtime.block_on(other.round(NOW));
    assert!(matches!(stopped, Err(SealError::OtherKey { .. })), "{stopped:?}");

    let place = tempfile::tempdir().unwrap();
    let next = kontor_seals::SigningKey::create(&place.path().join("key"), &[office.key.public()]).unwrap();
    let mut next = kontor_seals::Sealer::new(office.database(), next.into());
    assert!(office.runtime.block_on(next.round(NOW)).unwrap().record.is_some());
    let Err(VerifyError::Wrong(what)) = office.verify() else { panic!("one key does not do for both") };
    assert!(what.contains("seal 2 was signed with the key"), "{what}");
}
