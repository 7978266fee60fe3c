/* SPDX-License-Identifier: MIT */
/* A method in a namespace that calls back: its name must be demangled. */
namespace shop {

struct Till {
	int drawers;
	template <typename T> void ring(T fn, const char *what);
};

template <typename T>
__attribute__((noinline)) void Till::ring(T fn, const char *what)
{
	fn();
	drawers += what != nullptr;
}

} // namespace shop

extern "C" void ring(void (*fn)())
{
	shop::Till till = { 0 };

	till.ring(fn, "bell");
}
