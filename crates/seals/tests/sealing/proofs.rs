//! `GET /invoices/{id}/proof`.

use kontor_rules::seal::{Hash, Proof, canonical};
use serde_json::{Value, json};

use crate::{NOW, Office};

#[test]
fn each_invoice_has_a_proof_that_leads_to_its_seal() {
    let office = Office::new();
    let mut ids = Vec::new();
    for (round, count) in [(1, 1), (2, 5), (3, 2)] {
        ids.extend((0..count).map(|_| office.register("RE")));
        ids.push(office.register("X"));
        office.runtime.block_on(office.sealer().round(NOW + round)).unwrap().record.unwrap();
    }
    for id in &ids {
        let shown = office.proof(id);
        assert_eq!(shown.status(), 200, "{}", shown.text());
        let shown: Value = shown.json();
        let pick = |names: [&str; 4]| {
            Value::Object(names.map(|name| (name.to_owned(), shown[name].clone())).into_iter().collect())
        };
        let proof: Proof = serde_json::from_value(pick(["leaf", "index", "path", "seal"])).unwrap();
        assert!(proof.holds().unwrap(), "{shown}");
        assert_eq!((&shown["leaf"]["id"], &shown["leaf"]["kind"]), (&json!(id), &json!("invoice")));
        assert_eq!(shown["leaf"]["body"], Hash::of(canonical(&shown["invoice"]).unwrap().as_bytes()).to_string());
        assert_eq!(shown["public_key"], office.key.public().to_string());
        assert_eq!(shown["key_id"], office.key.public().id());
        let record = json!({"seal": shown["seal"], "public_key": shown["public_key"], "signature": shown["signature"]});
        let record: kontor_seals::Record = serde_json::from_value(record).unwrap();
        assert!(record.is_signed_by(&office.key.public()).unwrap());
    }
}

#[test]
fn before_the_seal_one_is_told_to_come_back() {
    let office = Office::new();
    let sealed = office.register("RE");
    office.runtime.block_on(office.sealer().round(NOW)).unwrap();
    let new = office.register("RE");
    let answer = office.proof(&new);
    assert_eq!(
        (answer.problem().0, answer.problem().1.as_str(), answer.header("retry-after")),
        (404, "not-sealed-yet", Some("1"))
    );
    assert_eq!(office.proof("nothing").problem().1, "unknown-invoice");
    assert_eq!(office.app.get(&format!("/invoices/{sealed}/proof")).send().status(), 401);
}
