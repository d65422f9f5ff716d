"""What the oldest supported browsers (iOS 15.4, Chrome 105) have not got, as far as an app may want it.

An "old" phone is one from which all this is taken away; the built app names none of it but what it asks for first.
"""

from __future__ import annotations

import json

NEWER = {
    "window": [
        "CompressionStream", "DecompressionStream", "OffscreenCanvas", "Iterator", "navigation", "scheduler",
        "requestIdleCallback", "CloseWatcher", "Temporal",
    ],
    "Array": ["fromAsync"],
    "Array.prototype": ["toReversed", "toSorted", "toSpliced", "with"],
    "Set.prototype": [
        "difference", "intersection", "isDisjointFrom", "isSubsetOf", "isSupersetOf", "symmetricDifference", "union",
    ],
    "Object": ["groupBy"],
    "Map": ["groupBy"],
    "Promise": ["try", "withResolvers"],
    "String.prototype": ["isWellFormed", "toWellFormed"],
    "Uint8Array": ["fromBase64", "fromHex"],
    "Uint8Array.prototype": ["setFromBase64", "setFromHex", "toBase64", "toHex"],
    "ArrayBuffer.prototype": ["resize", "transfer", "transferToFixedLength"],
    "AbortSignal": ["any", "timeout"],
    "AbortSignal.prototype": ["throwIfAborted"],
    "Response": ["json"],
    "URL": ["canParse", "parse"],
    "Element.prototype": ["checkVisibility", "getHTML", "setHTMLUnsafe"],
    "HTMLElement.prototype": ["hidePopover", "showPopover", "togglePopover"],
    "HTMLInputElement.prototype": ["showPicker"],
    "HTMLSelectElement.prototype": ["showPicker"],
    "PointerEvent.prototype": ["getCoalescedEvents", "getPredictedEvents"],
    "Document.prototype": ["startViewTransition"],
    "IDBObjectStore.prototype": ["getAllRecords"],
    "StorageManager.prototype": ["estimate"],
}  # fmt: skip

# asked for before they are used
GUARDED = {"CloseWatcher", "CompressionStream", "OffscreenCanvas", "estimate", "getCoalescedEvents", "showPicker"}
# words that other things are called as well
COMMON = {"any", "difference", "intersection", "json", "navigation", "parse", "resize", "timeout", "transfer", "try",
          "union", "with", "Iterator"}  # fmt: skip


def taken_away() -> str:
    """A script that makes a browser old; Safari's own word says that the app is open in a tab."""
    return f"""
      for (const [owner, names] of Object.entries({json.dumps(NEWER)})) {{
        const from = owner === 'window' ? window : owner.split('.').reduce((there, name) => there?.[name], window)
        for (const name of from ? names : []) delete from[name]
      }}
      Object.defineProperty(Navigator.prototype, 'standalone', {{get: () => false}})
    """
