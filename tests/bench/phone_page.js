// What the bench does inside the page: taps and keys as a person makes them, each timed until it is painted. It is there
// before the app, which keeps the browser's own functions from its first moment on.
window.bench = (() => {
  const frame = () => new Promise(done => requestAnimationFrame(done))
  const painted = () => new Promise(done => requestAnimationFrame(() => {
    const channel = new MessageChannel()
    channel.port1.onmessage = done
    channel.port2.postMessage(0)
  }))
  const rest = ms => new Promise(done => setTimeout(done, ms))
  const $ = selector => document.querySelector(selector)

  /** Milliseconds from the tap, which is when the finger leaves, to the end of the first frame that shows what is asked for.
   *  A finger is down for sixty milliseconds at least. */
  async function tap(element, until = () => true) {
    element.dispatchEvent?.(new PointerEvent('pointerdown', {bubbles: true}))
    await rest(60)
    const started = performance.now()
    element.click()
    return shown(started, until)
  }

  async function shown(started, until) {
    for (;;) {
      await painted()
      const at = performance.now()
      if (until()) return at - started
    }
  }

  const front = () => $('main > .layer:not(.layer--behind)')
  /** Whether something stands in the way of the first screenful: room that is kept for what is not drawn yet. */
  const full = () => {
    const [top, bottom] = [$('.top').getBoundingClientRect().bottom, $('.dock').getBoundingClientRect().top]
    return [...front().querySelectorAll('[data-room], .near:empty')].every(room => {
      const box = room.getBoundingClientRect()
      return box.height === 0 || box.top >= bottom || box.bottom <= top
    })
  }
  const button = words => [...document.querySelectorAll('button, a')].find(one => one.textContent.trim() === words)

  /** What no page can beat: the next paint. */
  async function nothing(times = 20) {
    const spent = []
    for (let n = 0; n < times; n++) {
      const started = performance.now()
      await painted()
      spent.push(performance.now() - started)
      await rest(30 + n % 7)
    }
    return spent
  }

  async function type(word) {
    const field = $('input[type=search]')
    const spent = []
    for (let n = 1; n <= word.length; n++) {
      const started = performance.now()
      field.value = word.slice(0, n)
      field.dispatchEvent(new InputEvent('input', {bubbles: true}))
      await painted()
      spent.push(performance.now() - started)
      await rest(60)
    }
    return spent
  }

  async function scroll(times = 150) {
    const gaps = []
    let last = performance.now()
    for (let n = 0; n < times; n++) {
      scrollBy(0, 300)
      await frame()
      gaps.push(performance.now() - last)
      last = performance.now()
    }
    return gaps.slice(5)
  }

  const at = path => () => location.pathname.startsWith(path) && document.title !== '' && front().childElementCount > 0 && full()
  const onList = () => location.pathname === '/app' && front().querySelector('a.row') !== null && full()
  const onEstablishment = () => at('/app/e/')() && front().querySelector('.facts') !== null
  const onChecklist = () => front().querySelector('.item') !== null && full()
  const up = {click: () => history.back()}

  /** To an establishment and back: down the list, each one opened for the first time, and then the first few over and over. */
  async function establishments(times = 24) {
    const first = [], again = [], back = []
    for (let n = 0; n < 2 * times; n++) {
      if (n === times) scrollTo(0, 0)
      const row = document.querySelectorAll('a.row')[n < times ? n : n % 4]
      row.scrollIntoView({block: 'center'})
      await rest(300)
      const name = row.querySelector('.row__name').textContent
      ;(n < times ? first : again).push(await tap(row, () => $('h1')?.textContent === name && onEstablishment()))
      await rest(300)
      back.push(await tap(up, onList))
      await rest(300)
    }
    return {first, again, back}
  }

  /** From the list to the checklist of a visit that begins. Returns what its two last steps took. */
  async function beginVisit() {
    await tap($('a.row'), onEstablishment)
    await rest(400)
    const opening = await tap(button('Bắt đầu kiểm tra'), () => location.pathname.endsWith('/start') && $('main fieldset') !== null)
    await rest(400)
    return [opening, await tap(button('Bắt đầu'), onChecklist)]
  }

  /** Visits that begin: from an establishment to the page before the checklist, from there to the checklist, and back. */
  async function begins(codes) {
    const start = [], checklist = [], back = []
    for (const code of codes) {
      await type(code)
      await rest(300)
      const [opening, beginning] = await beginVisit()
      start.push(opening)
      checklist.push(beginning)
      await rest(800)
      back.push(await tap(up, onEstablishment))
      await rest(300)
      await tap(up, onList)
      await rest(300)
    }
    return {start, checklist, back}
  }

  /** Signs so many visits to a closed door, of the first establishments of the list in turn. */
  async function signs(times) {
    const label = words => [...document.querySelectorAll('label')].find(one => one.textContent.includes(words))
    for (let n = 0; n < times; n++) {
      await tap(document.querySelectorAll('a.row')[n % 8 + 2], onEstablishment)
      await rest(400)
      await tap(button('Bắt đầu kiểm tra'), () => label('Cơ sở đóng cửa'))
      await rest(400)
      await tap(label('Cơ sở đóng cửa'), () => $('main textarea'))
      $('main textarea').value = 'Cửa khóa.'
      $('main textarea').dispatchEvent(new InputEvent('input', {bubbles: true}))
      await rest(400)
      await tap(button('Lưu lần đến này'), () => front().textContent.includes('Đã khóa.'))
      await rest(800)
      history.pushState(null, '', '/app')
      dispatchEvent(new PopStateEvent('popstate'))
      await shown(performance.now(), onList)
    }
  }

  /** From an establishment to its inspection, which has begun, and back. whole: until all of the checklist stands. */
  async function inspections(times = 24) {
    const there = [], whole = [], back = []
    for (let n = 0; n < times; n++) {
      const started = performance.now() + 60
      there.push(await tap($('.act a, .act button'), onChecklist))
      whole.push(await shown(started, () => $('[data-room]') === null))
      await rest(500)
      back.push(await tap(up, onEstablishment))
      await rest(300)
    }
    return {there, whole, back}
  }

  // ---- a finger and a keyboard of the browser's own; see inspecting.py ----

  const lasting = {took: -1, keys: []}
  const WAITS_MS = 5000

  /** Brings the nth of these clear of what is pinned, and notes how long the next touch of it takes until it is painted
   *  and shown(element); -1 if it never is. Returns where to touch. */
  function aim(selector, n, shown) {
    const element = document.querySelectorAll(selector)[n]
    if (!element.closest('.top, .dock, dialog')) element.scrollIntoView({block: 'center'})
    lasting.took = -1
    addEventListener('click', async ({timeStamp}) => {
      const spent = () => performance.now() - timeStamp
      do await painted()
      while (!shown(element) && spent() < WAITS_MS)
      if (shown(element)) lasting.took = spent()
    }, {capture: true, once: true})
    const {x, y, width, height} = element.getBoundingClientRect()
    return [x + width / 2, y + height / 2]
  }

  const typed = async ({timeStamp}) => {
    await painted()
    lasting.keys.push(performance.now() - timeStamp)
  }
  function watchKeys() {
    lasting.keys = []
    addEventListener('keydown', typed, {capture: true})   // again the same one: still one
  }

  /** From now on keeps how long each task was that held the page up; makes a field for photos that the app does not know. */
  const tasks = []
  function watchTasks() {
    new PerformanceObserver(list => tasks.push(...list.getEntries().map(({duration}) => duration))).observe({entryTypes: ['longtask']})
    document.body.append(Object.assign(document.createElement('input'), {id: 'bench-photo', type: 'file', hidden: true}))
  }

  /** The photo is chosen, made small, and shown. */
  async function choose() {
    tasks.length = 0
    const field = $('.shot--add input')
    const given = new DataTransfer()
    given.items.add($('#bench-photo').files[0])
    field.files = given.files
    setTimeout(() => field.dispatchEvent(new Event('change', {bubbles: true})))
    while (!$('.cover .btn')) await rest(100)
    await rest(500)
    return tasks.splice(0)
  }

  /** So many photos are kept and shown. */
  async function kept(count) {
    while (document.querySelectorAll('.shot img').length < count) await rest(100)
    await rest(500)
    return tasks.splice(0)
  }

  async function toSync(times = 20) {
    const spent = []
    for (let n = 0; n < times; n++) {
      spent.push(await tap($("nav a[href='/app/sync']"), at('/app/sync')))
      await rest(200)
      await tap($("nav a[href='/app']"), onList)
      await rest(200)
    }
    return spent
  }

  const opened = name => new Promise((done, failed) => {
    const opening = indexedDB.open(name)
    opening.onsuccess = () => done(opening.result)
    opening.onerror = () => failed(opening.error)
  })

  /** Reads every row of every database, and does nothing with it. */
  async function readAll() {
    const found = (await indexedDB.databases()).map(({name}) => name).filter(name => name !== 'bench')
    const started = performance.now()
    for (const name of found) {
      const db = await opened(name)
      for (const store of db.objectStoreNames) {
        await new Promise(done => { db.transaction(store).objectStore(store).getAll().onsuccess = done })
      }
      db.close()
    }
    return performance.now() - started
  }

  /** One row of 4 KB in a strict transaction: what the disk and the browser ask of a signature at least. */
  async function bareStrict(times) {
    const db = await new Promise(done => {
      const opening = indexedDB.open('bench', 1)
      opening.onupgradeneeded = () => opening.result.createObjectStore('rows')
      opening.onsuccess = () => done(opening.result)
    })
    const spent = []
    for (let n = 0; n < times; n++) {
      const started = performance.now()
      const tx = db.transaction('rows', 'readwrite', {durability: 'strict'})
      tx.objectStore('rows').put('x'.repeat(4000), n)
      await new Promise(done => { tx.oncomplete = done })
      spent.push(performance.now() - started)
      await rest(25)
    }
    db.close()
    return spent
  }

  /** How long each strict transaction took that wrote a signed record. */
  const signings = []
  const begin = IDBDatabase.prototype.transaction
  IDBDatabase.prototype.transaction = function (stores, mode, options) {
    const tx = begin.call(this, stores, mode, options)
    if (options?.durability === 'strict' && [stores].flat().includes('signed')) {
      const started = performance.now()
      tx.addEventListener('complete', () => signings.push(performance.now() - started))
    }
    return tx
  }

  return {nothing, type, scroll, establishments, beginVisit, begins, signs, inspections, toSync, readAll, bareStrict, signings,
    aim, watchKeys, watchTasks, choose, kept,
    get took() { return lasting.took }, get keys() { return lasting.keys }}
})()
