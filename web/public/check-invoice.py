#!/usr/bin/env python3
"""Checks an invoice's proof without Kontor: check-invoice.py PROOF.json PUBLIC_KEY (needs: pip install cryptography)"""
import hashlib, json, sys
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

def sha256(data): return hashlib.sha256(data).digest()
def plain(value): return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
def check(right, wrong): return right or sys.exit("WRONG: " + wrong)

proof, key = json.load(open(sys.argv[1], encoding="utf-8")), bytes.fromhex(sys.argv[2])
invoice, leaf, seal = proof["invoice"], proof["leaf"], proof["seal"]
check(sha256(plain(invoice)).hex() == leaf["body"], "the invoice is not the one that was registered")
node, at, last = sha256(b"\0" + plain(leaf)), proof["index"], seal["size"] - 1
check(0 <= at <= last, "the invoice has no place under the seal")
for step in map(bytes.fromhex, proof["path"]):  # RFC 9162, section 2.1.3.2
    check(last > 0, "the path is too long")
    if at % 2 == 1 or at == last:
        node = sha256(b"\1" + step + node)
        while at % 2 == 0 and at > 0: at, last = at // 2, last // 2
    else: node = sha256(b"\1" + node + step)
    at, last = at // 2, last // 2
check(last == 0 and node.hex() == seal["root"], "the path does not lead to the seal")
try: Ed25519PublicKey.from_public_bytes(key).verify(bytes.fromhex(proof["signature"]), sha256(plain(seal)))
except InvalidSignature: check(False, "this key did not sign the seal")
print("ok:", leaf["number"], invoice["gross"], invoice["currency"], "under seal", seal["sequence"])
