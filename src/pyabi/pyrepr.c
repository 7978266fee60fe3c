/* SPDX-License-Identifier: MIT */
/*
 * Short reprs of objects.
 *
 * What an object is goes by the nearest static type it derives from: a class
 * may be called "int", only the interpreter's own is static and says so.
 *
 * An object that cannot be read is replaced as a whole, its container goes on:
 * whatever was written of it is taken back.  Sizes that lie end in memory that
 * cannot be read, or at a bound on how much is looked at.
 *
 * Facts: CPython 3.6 to 3.15, Objects: listobject.c, tupleobject.c,
 *        setobject.c (set_repr), dictobject.c, rangeobject.c, funcobject.c,
 *        methodobject.c (meth_repr), classobject.c, genobject.c, exceptions.c
 *        (BaseException_repr).
 */
#include "pyabi/pyrepr.h"

#include <string.h>

#include "base/bounds.h"
#include "pyabi/pytype.h"
#include "pyabi/reprbuf.h"
#include "pyabi/strobj.h"
#include "pyabi/types/keys.h"

enum {
	MAX_LOOKED_AT = 1 << 14,	/* places of tables, empty ones too */
	MAX_LENGTH_BITS = 48,
	NAME_ROOM = 256,
	INT_TAG_SHIFT = 3,		/* lv_tag: digits << 3, sign */
	INT_TAG_SIGN = 3,
	INT_TAG_NEGATIVE = 2,
};

struct repr {
	struct pyctx *ctx;
	struct reprbuf rb;
	unsigned depth;
	raddr above[PYREPR_DEPTH + 1];	/* the containers we are in */
	unsigned looked_at;
};

static void put_object(struct repr *r, raddr addr);

static uint64_t word(struct repr *r, raddr addr, uint32_t offset)
{
	return ctx_u64(r->ctx, addr + offset);
}

/* A size; absurd ones are a fault and 0. */
static uint64_t length(struct repr *r, raddr addr, uint32_t offset)
{
	uint64_t n = word(r, addr, offset);

	if (n >> MAX_LENGTH_BITS == 0)
		return n;
	r->ctx->faults++;
	return 0;
}

static const struct pytype *type_of(struct repr *r, raddr addr)
{
	struct err ignored;
	const struct pytype *t;

	t = pytypes_get(r->ctx->types,
			word(r, addr, r->ctx->abi->object_ob_type));
	if (t && !t->full && !pytypes_name(r->ctx->types, t, &ignored))
		return NULL;
	return t;
}

/* --- numbers ------------------------------------------------------------- */

/* The digits of the int at @addr: how many. */
static uint64_t int_digits(struct repr *r, raddr addr, bool *negative)
{
	const struct abi *abi = r->ctx->abi;
	uint64_t n;

	if (abi->int_shape == INT_LV_TAG) {
		n = word(r, addr, abi->int_lv_tag);
		*negative = (n & INT_TAG_SIGN) == INT_TAG_NEGATIVE;
		n >>= INT_TAG_SHIFT;
	} else {
		n = word(r, addr, abi->var_ob_size);
		*negative = (int64_t)n < 0;
		if (*negative)
			n = -n;
	}
	if (n >> MAX_LENGTH_BITS == 0)
		return n;
	r->ctx->faults++;
	return 0;
}

/* Of a long one the three highest digits have at least 61 bits. */
static void put_huge(struct repr *r, raddr addr, uint64_t n, bool negative)
{
	raddr at = addr + r->ctx->abi->int_ob_digit + 4 * (n - 4);
	unsigned __int128 top = 0;
	unsigned bits = 0;

	for (int i = 3; i >= 0; i--)
		top = top << REPR_DIGIT_BITS | ctx_u32(r->ctx, at + 4u * i);
	while (bits < 120 && top >> bits)
		bits++;
	if (bits <= 90) {
		r->ctx->faults++;	/* the highest digit is never 0 */
		return;
	}
	repr_huge_int(&r->rb, negative, (uint64_t)(top >> (bits - 64)),
		      (n - 4) * REPR_DIGIT_BITS + bits);
}

static void put_int(struct repr *r, raddr addr)
{
	uint32_t tmp[REPR_MAX_DIGITS], digit[REPR_MAX_DIGITS];
	bool negative;
	uint64_t n = int_digits(r, addr, &negative);
	const void *p;

	if (n > REPR_MAX_DIGITS) {
		put_huge(r, addr, n, negative);
		return;
	}
	if (!n) {
		reprbuf_put(&r->rb, "0", 1);
		return;
	}
	p = ctx_bytes(r->ctx, addr + r->ctx->abi->int_ob_digit, 4 * n, tmp);
	if (!p)
		return;
	memcpy(digit, p, 4 * n);
	repr_int(&r->rb, negative, digit, n);
}

static void put_bool(struct repr *r, raddr addr)
{
	bool negative;

	reprbuf_str(&r->rb, int_digits(r, addr, &negative) ? "True" : "False");
}

static double real_at(struct repr *r, raddr addr, uint32_t offset)
{
	uint64_t bits = word(r, addr, offset);
	double v;

	memcpy(&v, &bits, sizeof(v));
	return v;
}

static void put_float(struct repr *r, raddr addr)
{
	repr_float(&r->rb, real_at(r, addr, r->ctx->abi->float_ob_fval));
}

static void put_complex(struct repr *r, raddr addr)
{
	uint32_t at = r->ctx->abi->complex_cval;

	repr_complex(&r->rb, real_at(r, addr, at),
		     real_at(r, addr, at + sizeof(double)));
}

static void put_none(struct repr *r, raddr addr)
{
	(void)addr;
	reprbuf_str(&r->rb, "None");
}

static void put_ellipsis(struct repr *r, raddr addr)
{
	(void)addr;
	reprbuf_str(&r->rb, "Ellipsis");
}

static void put_notimplemented(struct repr *r, raddr addr)
{
	(void)addr;
	reprbuf_str(&r->rb, "NotImplemented");
}

/* --- text ---------------------------------------------------------------- */

static void put_str(struct repr *r, raddr addr)
{
	uint32_t text[PYREPR_CHARS];
	uint64_t len;
	size_t n;

	if (strobj_chars(r->ctx, addr, text, PYREPR_CHARS, &n, &len))
		repr_str(&r->rb, text, n, len, r->ctx->abi->n_unicode);
	else
		r->ctx->faults++;
}

static void put_bytes_at(struct repr *r, raddr at, uint64_t len)
{
	size_t n = len < PYREPR_CHARS ? len : PYREPR_CHARS;
	uint8_t tmp[PYREPR_CHARS];
	const void *p = n ? ctx_bytes(r->ctx, at, n, tmp) : tmp;

	if (p)
		repr_bytes(&r->rb, p, n, len);
}

static void put_bytes(struct repr *r, raddr addr)
{
	const struct abi *abi = r->ctx->abi;

	put_bytes_at(r, addr + abi->bytes_ob_sval,
		     length(r, addr, abi->var_ob_size));
}

static void put_bytearray(struct repr *r, raddr addr)
{
	const struct abi *abi = r->ctx->abi;

	reprbuf_str(&r->rb, "bytearray(");
	put_bytes_at(r, word(r, addr, abi->bytearray_ob_start),
		     length(r, addr, abi->var_ob_size));
	reprbuf_str(&r->rb, ")");
}

/* The text of a str, bare. */
static void put_name(struct repr *r, raddr str)
{
	const struct pytype *t = type_of(r, str);
	char text[NAME_ROOM];

	if (t && (t->flags & TPF_STR_SUBCLASS) &&
	    strobj_text(r->ctx, str, text, sizeof(text)))
		reprbuf_str(&r->rb, text);
	else
		r->ctx->faults++;
}

/* --- containers ---------------------------------------------------------- */

/* How a kind of container looks around its items. */
struct brackets {
	const char *open, *close;
	const char *again;	/* within itself */
	const char *empty;
};

static const struct brackets list_brackets = { "[", "]", "[...]", "[]" };
static const struct brackets tuple_brackets = { "(", ")", "(...)", "()" };
static const struct brackets dict_brackets = { "{", "}", "{...}", "{}" };
static const struct brackets set_brackets = {
	"{", "}", "set(...)", "set()"
};
static const struct brackets frozenset_brackets = {
	"frozenset({", "})", "frozenset(...)", "frozenset()"
};
static const struct brackets frozendict_brackets = {
	"frozendict({", "})", "frozendict({...})", "frozendict()"
};

/* The items of a container, one call each: 0 and false when there are no more.
 * @value is 0 where items have no second part. */
struct items {
	raddr at;
	uint64_t i, n;		/* places */
	uint64_t live;		/* items, as the container says */
	struct keys keys;
	raddr values;
	bool (*next)(struct repr *r, struct items *it, raddr *item,
		     raddr *value);
};

static bool is_within(const struct repr *r, raddr addr)
{
	for (unsigned i = 0; i < r->depth; i++) {
		if (r->above[i] == addr)
			return true;
	}
	return false;
}

static uint64_t put_items(struct repr *r, struct items *it)
{
	unsigned before = r->ctx->faults;
	uint64_t shown = 0;
	raddr item, value;

	while (shown < PYREPR_ITEMS && shown < it->live && !r->rb.full) {
		if (!it->next(r, it, &item, &value) ||
		    r->ctx->faults != before)
			break;
		if (shown++)
			reprbuf_put(&r->rb, ", ", 2);
		put_object(r, item);
		if (!value)
			continue;
		reprbuf_put(&r->rb, ": ", 2);
		put_object(r, value);
	}
	return shown;
}

static void put_container(struct repr *r, raddr addr, struct items *it,
			  const struct brackets *b)
{
	uint64_t shown = 0;

	if (is_within(r, addr)) {
		reprbuf_str(&r->rb, b->again);
		return;
	}
	if (!it->live) {
		reprbuf_str(&r->rb, b->empty);
		return;
	}
	reprbuf_str(&r->rb, b->open);
	if (r->depth < PYREPR_DEPTH) {
		r->above[r->depth++] = addr;
		shown = put_items(r, it);
		r->depth--;
	}
	if (shown < it->live)
		reprbuf_str(&r->rb, shown ? ", ..." : "...");
	else if (b == &tuple_brackets && shown == 1)
		reprbuf_put(&r->rb, ",", 1);
	reprbuf_str(&r->rb, b->close);
	if (shown < it->live)
		reprbuf_fmt(&r->rb, " (%llu item%s)",
			    (unsigned long long)it->live,
			    it->live == 1 ? "" : "s");
}

static bool next_word(struct repr *r, struct items *it, raddr *item,
		      raddr *value)
{
	*value = 0;
	*item = ctx_u64(r->ctx, it->at + it->i++ * sizeof(raddr));
	return it->i <= it->n;
}

static void put_list(struct repr *r, raddr addr)
{
	const struct abi *abi = r->ctx->abi;
	struct items it = { .next = next_word };

	it.at = word(r, addr, abi->list_ob_item);
	it.n = it.live = length(r, addr, abi->var_ob_size);
	put_container(r, addr, &it, &list_brackets);
}

static void put_tuple(struct repr *r, raddr addr)
{
	const struct abi *abi = r->ctx->abi;
	struct items it = { .next = next_word };

	it.at = addr + abi->tuple_ob_item;
	it.n = it.live = length(r, addr, abi->var_ob_size);
	put_container(r, addr, &it, &tuple_brackets);
}

/* A deleted entry has the hash -1, which no object has. */
static bool next_of_set(struct repr *r, struct items *it, raddr *item,
			raddr *value)
{
	const struct abi *abi = r->ctx->abi;

	*value = 0;
	while (it->i < it->n && r->looked_at++ < MAX_LOOKED_AT) {
		raddr at = it->at + it->i++ * abi->setentry_sizeof;

		*item = word(r, at, abi->setentry_key);
		if (*item && word(r, at, abi->setentry_hash) != UINT64_MAX)
			return true;
	}
	return false;
}

static void put_any_set(struct repr *r, raddr addr, const struct brackets *b)
{
	const struct abi *abi = r->ctx->abi;
	struct items it = { .next = next_of_set };

	it.at = word(r, addr, abi->set_table);
	it.n = length(r, addr, abi->set_mask) + 1;
	it.live = length(r, addr, abi->set_used);
	put_container(r, addr, &it, b);
}

static void put_set(struct repr *r, raddr addr)
{
	put_any_set(r, addr, &set_brackets);
}

static void put_frozenset(struct repr *r, raddr addr)
{
	put_any_set(r, addr, &frozenset_brackets);
}

static bool next_of_dict(struct repr *r, struct items *it, raddr *item,
			 raddr *value)
{
	const struct keys *k = &it->keys;

	while (it->i < k->n && r->looked_at++ < MAX_LOOKED_AT) {
		raddr at = k->entries + it->i * k->step;
		raddr where = at + k->value;

		if (it->values)
			where = it->values + it->i * sizeof(raddr);
		it->i++;
		*item = word(r, at, k->key);
		*value = ctx_u64(r->ctx, where);
		if (*item && *value)
			return true;
	}
	return false;
}

static void put_any_dict(struct repr *r, raddr addr, const struct brackets *b)
{
	const struct abi *abi = r->ctx->abi;
	struct items it = { .next = next_of_dict };

	it.live = length(r, addr, abi->dict_ma_used);
	it.values = word(r, addr, abi->dict_ma_values);
	if (it.values && abi_has(abi->values_values))
		it.values += abi->values_values;
	if (keys_read(r->ctx, word(r, addr, abi->dict_ma_keys), &it.keys))
		put_container(r, addr, &it, b);
}

static void put_dict(struct repr *r, raddr addr)
{
	put_any_dict(r, addr, &dict_brackets);
}

static void put_frozendict(struct repr *r, raddr addr)
{
	put_any_dict(r, addr, &frozendict_brackets);
}

static void put_range(struct repr *r, raddr addr)
{
	const struct abi *abi = r->ctx->abi;
	size_t start;

	reprbuf_str(&r->rb, "range(");
	put_object(r, word(r, addr, abi->range_start));
	reprbuf_put(&r->rb, ", ", 2);
	put_object(r, word(r, addr, abi->range_stop));
	start = r->rb.n;
	reprbuf_put(&r->rb, ", ", 2);
	put_object(r, word(r, addr, abi->range_step));
	if (reprbuf_since(&r->rb, start, ", 1"))
		reprbuf_cut(&r->rb, start);
	reprbuf_put(&r->rb, ")", 1);
}

static void put_slice(struct repr *r, raddr addr)
{
	const struct abi *abi = r->ctx->abi;

	if (r->depth >= PYREPR_DEPTH || is_within(r, addr)) {
		reprbuf_str(&r->rb, "slice(...)");
		return;
	}
	r->above[r->depth++] = addr;
	reprbuf_str(&r->rb, "slice(");
	put_object(r, word(r, addr, abi->slice_start));
	reprbuf_put(&r->rb, ", ", 2);
	put_object(r, word(r, addr, abi->slice_stop));
	reprbuf_put(&r->rb, ", ", 2);
	put_object(r, word(r, addr, abi->slice_step));
	reprbuf_put(&r->rb, ")", 1);
	r->depth--;
}

/* --- by name ------------------------------------------------------------- */

static void put_at(struct repr *r, raddr addr)
{
	reprbuf_fmt(&r->rb, " at 0x%llx", (unsigned long long)addr);
}

/* <WHAT NAME at 0x...> */
static void put_named(struct repr *r, raddr addr, const char *what,
		      uint32_t name)
{
	reprbuf_put(&r->rb, "<", 1);
	reprbuf_str(&r->rb, what);
	reprbuf_put(&r->rb, " ", 1);
	put_name(r, word(r, addr, name));
	put_at(r, addr);
	reprbuf_put(&r->rb, ">", 1);
}

static void put_function(struct repr *r, raddr addr)
{
	put_named(r, addr, "function", r->ctx->abi->function_func_qualname);
}

static void put_generator(struct repr *r, raddr addr)
{
	put_named(r, addr, "generator object", r->ctx->abi->gen_gi_qualname);
}

static void put_coroutine(struct repr *r, raddr addr)
{
	put_named(r, addr, "coroutine object", r->ctx->abi->gen_gi_qualname);
}

static void put_async_generator(struct repr *r, raddr addr)
{
	put_named(r, addr, "async_generator object",
		  r->ctx->abi->gen_gi_qualname);
}

static void put_code(struct repr *r, raddr addr)
{
	put_named(r, addr, "code object", r->ctx->abi->code_co_name);
}

static void put_method(struct repr *r, raddr addr)
{
	const struct abi *abi = r->ctx->abi;
	raddr func = word(r, addr, abi->method_im_func);
	const struct pytype *t = type_of(r, func);

	if (r->depth >= PYREPR_DEPTH || is_within(r, addr)) {
		reprbuf_str(&r->rb, "<bound method ...>");
		return;
	}
	r->above[r->depth++] = addr;
	reprbuf_str(&r->rb, "<bound method ");
	if (t && strcmp(t->full, "function") == 0)
		put_name(r, word(r, func, abi->function_func_qualname));
	else
		reprbuf_put(&r->rb, "?", 1);
	reprbuf_str(&r->rb, " of ");
	put_object(r, word(r, addr, abi->method_im_self));
	reprbuf_put(&r->rb, ">", 1);
	r->depth--;
}

static void put_cfunction(struct repr *r, raddr addr)
{
	const struct abi *abi = r->ctx->abi;
	raddr def = word(r, addr, abi->cfunction_m_ml);
	raddr self = word(r, addr, abi->cfunction_m_self);
	const struct pytype *t = self ? type_of(r, self) : NULL;
	char name[NAME_ROOM];
	struct err ignored;

	if (!mem_cstr(r->ctx->mem, word(r, def, abi->methoddef_ml_name), name,
		      sizeof(name), &ignored)) {
		r->ctx->faults++;
		return;
	}
	if (!t || strcmp(t->full, "module") == 0) {
		reprbuf_str(&r->rb, "<built-in function ");
		reprbuf_str(&r->rb, name);
	} else {
		reprbuf_str(&r->rb, "<built-in method ");
		reprbuf_str(&r->rb, name);
		reprbuf_str(&r->rb, " of ");
		reprbuf_str(&r->rb, t->full);
		reprbuf_str(&r->rb, " object");
		put_at(r, self);
	}
	reprbuf_put(&r->rb, ">", 1);
}

static void put_module(struct repr *r, raddr addr)
{
	reprbuf_str(&r->rb, "<module ");
	put_object(r, word(r, addr, r->ctx->abi->module_md_name));
	reprbuf_put(&r->rb, ">", 1);
}

static void put_type(struct repr *r, raddr addr)
{
	const struct pytype *t = pytypes_get(r->ctx->types, addr);
	struct err ignored;

	if (!t || (!t->full && !pytypes_name(r->ctx->types, t, &ignored))) {
		r->ctx->faults++;
		return;
	}
	reprbuf_str(&r->rb, "<class '");
	reprbuf_str(&r->rb, t->full);
	reprbuf_str(&r->rb, "'>");
}

static void put_exception(struct repr *r, raddr addr)
{
	const struct pytype *t = type_of(r, addr);
	raddr args = word(r, addr, r->ctx->abi->exc_args);
	const char *dot = strrchr(t->name, '.');
	size_t n;

	if (is_within(r, addr) || r->depth >= PYREPR_DEPTH) {
		reprbuf_str(&r->rb, t->name);
		reprbuf_str(&r->rb, "(...)");
		return;
	}
	r->above[r->depth++] = addr;
	reprbuf_str(&r->rb, dot ? dot + 1 : t->name);
	n = r->rb.n;
	put_object(r, args);
	/* One argument is no tuple here. */
	if (r->rb.n - n > 2 && reprbuf_since(&r->rb, r->rb.n - 2, ",)")) {
		reprbuf_cut(&r->rb, r->rb.n - 2);
		reprbuf_put(&r->rb, ")", 1);
	}
	r->depth--;
}

/* --- what is what -------------------------------------------------------- */

static const struct kind {
	const char *type;
	void (*put)(struct repr *r, raddr addr);
	bool is_value;		/* worth saying of an instance of a subclass */
} kinds[] = {
	{ "NoneType", put_none, false },
	{ "ellipsis", put_ellipsis, false },
	{ "NotImplementedType", put_notimplemented, false },
	{ "bool", put_bool, true },
	{ "int", put_int, true },
	{ "float", put_float, true },
	{ "complex", put_complex, true },
	{ "str", put_str, true },
	{ "bytes", put_bytes, true },
	{ "bytearray", put_bytearray, true },
	{ "list", put_list, true },
	{ "tuple", put_tuple, true },
	{ "set", put_set, true },
	{ "frozenset", put_frozenset, true },
	{ "dict", put_dict, true },
	{ "frozendict", put_frozendict, true },
	{ "range", put_range, false },
	{ "slice", put_slice, false },
	{ "function", put_function, false },
	{ "builtin_function_or_method", put_cfunction, false },
	{ "method", put_method, false },
	{ "module", put_module, false },
	{ "generator", put_generator, false },
	{ "coroutine", put_coroutine, false },
	{ "async_generator", put_async_generator, false },
	{ "code", put_code, false },
};

static const struct kind type_kind = { "type", put_type, false };
static const struct kind exception_kind = { "", put_exception, false };

static const struct kind *kind_named(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (strcmp(kinds[i].type, name) == 0)
			return &kinds[i];
	}
	return NULL;
}

/* How to write an object of type @t; @ret_is_sub: of a subclass of what can be
 * written. */
static const struct kind *kind_of(struct repr *r, const struct pytype *t,
				  bool *ret_is_sub)
{
	const struct pytype *own = t;
	const struct kind *kind;
	struct err ignored;

	*ret_is_sub = false;
	if (t->flags & TPF_TYPE_SUBCLASS)
		return &type_kind;
	if (t->flags & TPF_EXC_SUBCLASS)
		return &exception_kind;
	for (int i = 0; t && i < MAX_TYPE_DEPTH; i++, t = t->base) {
		if (t->flags & TPF_HEAPTYPE)
			continue;
		if (!t->full && !pytypes_name(r->ctx->types, t, &ignored))
			return NULL;
		kind = kind_named(t->full);
		*ret_is_sub = t != own;
		if (kind)
			return kind->is_value || t == own ? kind : NULL;
	}
	return NULL;
}

static void put_plain(struct repr *r, raddr addr, const struct pytype *t,
		      const struct kind *kind)
{
	reprbuf_put(&r->rb, "<", 1);
	reprbuf_str(&r->rb, t->full);
	put_at(r, addr);
	if (kind) {
		reprbuf_put(&r->rb, ": ", 2);
		kind->put(r, addr);
	}
	reprbuf_put(&r->rb, ">", 1);
}

static void put_object(struct repr *r, raddr addr)
{
	unsigned before = r->ctx->faults;
	const struct pytype *t;
	const struct kind *kind;
	size_t start = r->rb.n;
	bool is_sub;

	if (r->rb.full)
		return;
	if (!addr) {
		reprbuf_str(&r->rb, "<NULL>");
		return;
	}
	t = type_of(r, addr);
	if (t && r->ctx->faults == before) {
		kind = kind_of(r, t, &is_sub);
		if (kind && !is_sub)
			kind->put(r, addr);
		else
			put_plain(r, addr, t, kind);
		if (r->ctx->faults == before)
			return;
	}
	r->ctx->faults = before;
	reprbuf_cut(&r->rb, start);
	reprbuf_fmt(&r->rb, "<unreadable at 0x%llx>",
		    (unsigned long long)addr);
}

void pyrepr(struct pyctx *ctx, raddr addr, char *buf, size_t size)
{
	struct repr r = { .ctx = ctx };

	reprbuf_init(&r.rb, buf, size);
	put_object(&r, addr);
}

void pyrepr_touch(struct pyctx *ctx, raddr addr, size_t size)
{
	pyrepr(ctx, addr, NULL, size);
}
