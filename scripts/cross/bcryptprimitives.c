/* ProcessPrng for Wine versions that lack it, on top of the generator that they have. */
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(PVOID buffer, ULONG length); /* RtlGenRandom */

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE buffer, SIZE_T left)
{
    while (left > 0) {
        ULONG part = left > 0x40000000 ? 0x40000000 : (ULONG)left;
        if (!SystemFunction036(buffer, part))
            return FALSE;
        buffer += part;
        left -= part;
    }
    return TRUE;
}
