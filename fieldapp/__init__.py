"""Offline field inspections for one commune: a phone app, its sync, the register, and coverage.

The map of the house:

    cli/             commands: parse, delegate, print          app.py       create_app: the web application
    importing/       spreadsheets in                           views/       the office, the phone's shell, the wire
    exporting/       spreadsheets out                            │
      │                                                          │
      ▼                                                          ▼
    the nouns, each with its shape, SQL and rules:
      units          the commune and its words                  people       accounts, roles, phones
      areas          its parts                                  entities     who runs establishments
      establishments the register                               checklists   what is asked, versioned
      inspections    recorded, reviewed, amended, voided        findings     shortcomings and their deadlines
      commitments    what owners signed                         visits       the yearly ledger of every body
      plans          targets as data, which one is active       evidence     photos, signatures, scans
      coverage       targets computed                          reports      periodic, drafted and issued
      activities     communication, in counts                   teams        the team by decision
      sanctions      decisions on establishments                complexity   classified by an authority, restricted
      schedule       who is due when, by whom                   proposals    whom to put on it
      overlap        second visits of a year                    legal        references that the commune edits
      drafts         unfinished records of phones               sealing      the key that phones hand over files to
      audit          who did what, hash-chained                standing     an establishment's state for lists
      keeping/       backups, restores, whether all is whole
      │
      ▼
    database.py, migrations.py, config.py, clock.py, errors/, folding.py, formulas.py, guard.py, stopping.py

    bodies/          what phones may send: the schemas of signed records and patches
    exchange/        binds the sync engine to the nouns: one module a kind of record
    demo/            two made-up communes to try everything on
    forms/           the office's forms
    speaking.py      commands in two languages, each ending in a sentence; serving.py runs the web server
    client/          the phone app (TypeScript); static/dist/ is built from it

`sync/` beside this package is the engine: it knows records, not inspections, and imports nothing from here. A noun that
writes a synced record says so to the transaction (`tx.touch`), keeps signed bytes in `sync.signed` and who wrote a
field last in `sync.stamps`; nothing else of the engine is used below exchange/.
"""
