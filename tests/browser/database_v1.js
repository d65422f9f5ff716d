// What an app of the first release left on a phone: a person, and a commitment that was signed and never sent. Frozen:
// it says what was, so it never follows a change of the app.
async ({token, device, account, establishment}) => {
  const database = (name, make) => new Promise((done, failed) => {
    const opening = indexedDB.open(name, 1)
    opening.onupgradeneeded = () => make(opening.result)
    opening.onsuccess = () => done(opening.result)
    opening.onerror = () => failed(opening.error)
  })
  const put = (db, rows) => new Promise((done, failed) => {
    const tx = db.transaction([...new Set(rows.map(([store]) => store))], 'readwrite')
    for (const [store, row, key] of rows) tx.objectStore(store).put(row, key)
    tx.oncomplete = done
    tx.onabort = () => failed(tx.error)
  })
  const person = {id: account, username: 'binh', name: 'Trần Văn Bình', role: 'inspector', body: 'team_178', position: 'Thành viên'}
  const home = await database('fieldapp', db => {
    db.createObjectStore('people', {keyPath: 'id'})
    db.createObjectStore('choice')
  })
  await put(home, [['people', {...person, device, token, revoked: false, used_at: 1}], ['choice', account, 'current']])
  home.close()

  const own = await database(`fieldapp-${account}`, db => {
    db.createObjectStore('state', {keyPath: 'key'})
    db.createObjectStore('records', {keyPath: ['kind', 'id']})
    const signed = db.createObjectStore('signed', {keyPath: 'id'})
    signed.createIndex('establishment', 'establishment')
    signed.createIndex('sha256', 'sha256')
    db.createObjectStore('bodies', {keyPath: 'sha256'})
    const outbox = db.createObjectStore('outbox', {keyPath: 'n', autoIncrement: true})
    outbox.createIndex('op', 'op', {unique: true})
    outbox.createIndex('state', 'state')
    outbox.createIndex('sha256', 'sha256')
    outbox.createIndex('establishment', 'establishment')
    const files = db.createObjectStore('files', {keyPath: 'sha256'})
    files.createIndex('state', 'state')
    db.createObjectStore('blobs', {keyPath: 'sha256'})
    const drafts = db.createObjectStore('drafts', {keyPath: 'id'})
    drafts.createIndex('establishment', 'establishment')
  })
  const id = crypto.randomUUID()
  const body = JSON.stringify({
    id, establishment, author: account, inspection: null, template: '1', clauses: [1, 2],
    signer: {name: 'Nguyễn Văn Mẫu', capacity: 'owner'}, signed_at: '2026-03-12T08:00:00.000Z', signed_on: '2026-03-12',
    valid_until: '2026-12-31', signature: null, scans: [], facts: {}, notice: null, app: '0.1.0',
    refusal: {reason: 'Chủ cơ sở vắng mặt', witness_name: 'Trần Thị Mẫu', witness_role: 'Trưởng thôn'},
  })
  const bytes = new TextEncoder().encode(body)
  const digest = await crypto.subtle.digest('SHA-256', bytes)
  const sha256 = [...new Uint8Array(digest)].map(byte => byte.toString(16).padStart(2, '0')).join('')
  const op = crypto.randomUUID()
  await put(own, [
    ['state', {key: 'sync', mark: [0, ''], trail: [], essentials: null, history: null, safe: 0, epoch: 0, whole: false,
      offset_ms: 0, last_success_at: null}],
    ['signed', {id, kind: 'commitment', op, ver: 1, sha256, establishment, files: [], signed_at: '2026-03-12T08:00:00.000Z', own: true}],
    ['bodies', {sha256, bytes: bytes.byteLength, sealed: body}],
    ['outbox', {op, kind: 'commitment', ver: 1, sha256, bytes: bytes.byteLength, files: [], record: id, establishment,
      edited: [], state: 'pending', own: true, seq: 0, status: null, why: null, fields: null, conflicts: [], eff: null,
      decided: false, created_at: '2026-03-12T08:00:00.000Z', attempted_at: null, error: null, receipted_at: null,
      settled: false}],
  ])
  own.close()
}
